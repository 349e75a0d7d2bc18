// Three Parquet readers that share no code, brought to one form: a column is an array of strings, null for NULL.
// Numbers in decimal, times in microseconds since 1970, booleans as true and false.
import fs from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { readParquet } from 'parquet-wasm/node';
import { DataType, tableFromIPC } from 'apache-arrow';
import { parquetMetadata, parquetRead, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const connection = await (await DuckDBInstance.create(':memory:')).connect();

/** Runs a query; gives its columns as arrays. Parameters stand as $1, $2 ... */
export async function query(sql, parameters = []) {
  return (await connection.runAndReadAll(sql, parameters)).getColumnsJS();
}

export const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text) => `'${text.replaceAll("'", "''")}'`;

/** Opens a file for all readers. */
export async function openFile(path) {
  const bytes = fs.readFileSync(path);
  const file = { byteLength: bytes.length, slice: (from, to) => toArrayBuffer(bytes.subarray(from, to)) };
  const [names, types] = await query(`describe select * from read_parquet(${quoteText(path)})`);
  return { path, bytes, file, metadata: parquetMetadata(toArrayBuffer(bytes)),
    columns: names.map((name, i) => ({ name, type: types[i] })) };
}

const toArrayBuffer = (b) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);
const toText = (v) => (v === null || v === undefined ? null : String(v));

// Doubles by their bits, in hexadecimal.
const bits = new DataView(new ArrayBuffer(8));
export function bitsText(v) {
  if (v === null || v === undefined)
    return null;
  bits.setFloat64(0, v);
  return bits.getBigUint64(0).toString(16).padStart(16, '0');
}

export function fromBits(text) {
  bits.setBigUint64(0, BigInt(`0x${text}`));
  return bits.getFloat64(0);
}

async function readDuckdb({ path }, { name, type }) {
  if (type === 'DOUBLE')
    return ((await query(`select ${quoteName(name)} from read_parquet(${quoteText(path)})`))[0] ?? []).map(bitsText);
  const value = type.startsWith('TIMESTAMP') ? `epoch_us(${quoteName(name)})` : quoteName(name);
  return (await query(`select ${value}::varchar from read_parquet(${quoteText(path)})`))[0] ?? [];
}

// Arrow's JavaScript gives 64-bit times as doubles of milliseconds, so they are taken from the memory below.
function arrowValues(data) {
  if (DataType.isTimestamp(data.type))
    return Array.from({ length: data.length }, (_, i) => (data.getValid(i) ? String(data.values[i]) : null));
  return null;
}

async function readArrow({ bytes }, { name, type }) {
  const table = tableFromIPC(readParquet(bytes, { columns: [name] }).intoIPCStream());
  const vector = table.getChild(name);
  if (vector === null || table.numRows === 0)
    return [];
  if (type === 'DOUBLE')
    return [...vector].map(bitsText);
  return vector.data.length && DataType.isTimestamp(vector.type) ? vector.data.flatMap(arrowValues) : [...vector].map(toText);
}

const rawTimes = { timestampFromMicroseconds: (us) => us };

async function readHyparquet({ file, metadata }, { name, type }) {
  const values = [];
  const text = type === 'DOUBLE' ? bitsText : toText;
  await parquetRead({ file, metadata, compressors, columns: [name], parsers: rawTimes,
    onComplete: (rows) => rows.forEach((row) => values.push(text(row[0]))) });
  return values;
}

export const readers = { duckdb: readDuckdb, 'parquet-rs': readArrow, hyparquet: readHyparquet };

/** Rows whose column equals `value`, found by hyparquet with bloom filters and page indexes at work. */
export async function countWithIndexes({ file, metadata }, { name }, value) {
  const rows = await parquetReadObjects({ file, metadata, compressors, columns: [name], rowFormat: 'object',
    filter: { [name]: { $eq: value } }, useBloomFilters: true, usePageIndex: true, useOffsetIndex: true });
  return rows.length;
}
