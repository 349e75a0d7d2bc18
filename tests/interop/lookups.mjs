// Searches that skip data: a wrong bound, bloom filter or page index loses rows without a word, so each is held against the
// values themselves.
import { bitsText, countWithIndexes, fromBits, query, quoteName, quoteText } from './readers.mjs';

const SAMPLES = 5; // values looked up in each column
const ABSENT = 20; // values that are nowhere, for the filters

const duckdbType = { BIGINT: 'bigint', INTEGER: 'integer', VARCHAR: 'varchar', BOOLEAN: 'boolean', DOUBLE: 'double' };

function sampleOf(values) {
  const there = values.filter((v) => v !== null);
  const step = Math.max(1, Math.floor(there.length / (SAMPLES - 1)));
  const picked = there.filter((_, i) => i % step === 0);
  return [...new Set(there.length ? [...picked, there.at(-1)] : [])];
}

// Least and greatest as the format orders them: numbers by value, strings by their bytes.
function boundsOf(values, type) {
  const key = { VARCHAR: (v) => Buffer.from(v), BOOLEAN: (v) => Number(v === 'true'), DOUBLE: fromBits }[type] ?? BigInt;
  const isLess = type === 'VARCHAR' ? (a, b) => Buffer.compare(a, b) < 0 : (a, b) => a < b;
  let least = null;
  let most = null;
  for (const value of new Set(values)) {
    const item = { value, key: key(value) };
    least = least === null || isLess(item.key, least.key) ? item : least;
    most = most === null || isLess(most.key, item.key) ? item : most;
  }
  return [least?.value ?? null, most?.value ?? null];
}

async function checkBounds(file, column, values, check) {
  const there = values.filter((v) => v !== null);
  const [least, most] = boundsOf(there, column.type);
  const isDouble = column.type === 'DOUBLE';
  const value = (f) =>
    column.type.startsWith('TIMESTAMP') ? `epoch_us(${f}(c))::varchar` : isDouble ? `${f}(c)` : `${f}(c)::varchar`;
  const [[foundMin], [foundMax], [count]] = await query(`select ${value('min')}, ${value('max')}, count(c)::int
    from (select ${quoteName(column.name)} c from read_parquet(${quoteText(file.path)}))`);
  const [min, max] = isDouble ? [bitsText(foundMin), bitsText(foundMax)] : [foundMin, foundMax];
  check(min === least && max === most, 'min() or max() is not that of the values');
  check(count === there.length, 'count() is not that of the values');
}

async function checkEquality(file, column, value, expected, useIndexes, check) {
  const constant = column.type.startsWith('TIMESTAMP') ? `make_timestamptz(${value})` : `$1::${duckdbType[column.type]}`;
  const [[found]] = await query(`select count(*)::int from read_parquet(${quoteText(file.path)})
    where ${quoteName(column.name)} = ${constant}`, constant.startsWith('$') ? [column.type === 'DOUBLE' ? String(fromBits(value)) : value] : []);
  check(found === expected, `DuckDB finds ${found} rows of ${expected} with ${value.slice(0, 60)}`);
  const typed = { VARCHAR: (v) => v, BIGINT: BigInt, INTEGER: Number, DOUBLE: fromBits }[column.type];
  if (useIndexes && typed !== undefined) {
    const indexed = await countWithIndexes(file, column, typed(value));
    check(indexed === expected, `hyparquet finds ${indexed} rows of ${expected} with ${value.slice(0, 60)}`);
  }
}

function rowGroups(file, values) {
  let at = 0;
  return file.metadata.row_groups.map((group) => new Set(values.slice(at, at += Number(group.num_rows))));
}

// What DuckDB's own reading of the filters says: for each value, whether each row group is excluded.
async function probe(file, column, values) {
  const one = (i) => `select ${i} v, row_group_id g, bloom_filter_excludes e from parquet_bloom_probe(
    ${quoteText(file.path)}, ${quoteText(column.name)}, $${i + 1}::${duckdbType[column.type]})`;
  const [vs, gs, es] = await query(values.map((_, i) => one(i)).join(' union all '), values);
  return (vs ?? []).map((v, i) => ({ value: values[v], group: Number(gs[i]), excluded: es[i] }));
}

async function checkBloom(file, column, values, sample, check) {
  const groups = rowGroups(file, values);
  const absent = Array.from({ length: ABSENT }, (_, i) =>
    column.type === 'VARCHAR' ? `nowhere ${i}` : String(7777777777777777n + BigInt(i)));
  const probed = await probe(file, column, [...sample, ...absent]);
  check(probed.length === groups.length * (sample.length + ABSENT), 'some row group has no bloom filter');
  for (const value of sample)
    check(probed.every((p) => p.value !== value || !(p.excluded && groups[p.group].has(value))),
      `the bloom filter denies ${value.slice(0, 60)}`);
  const denied = probed.filter((p) => absent.includes(p.value));
  const right = denied.filter((p) => p.excluded).length;
  check(right >= denied.length * 0.95, `the bloom filter excludes only ${right} of ${denied.length} absent values`);
}

/** `check(ok, what)` counts. */
export async function checkLookups(file, column, values, check) {
  const sample = sampleOf(values);
  await checkBounds(file, column, values, check);
  const times = new Map();
  for (const value of values)
    times.set(value, (times.get(value) ?? 0) + 1);
  for (const [i, value] of sample.entries()) // hyparquet is slow: first and last will do
    await checkEquality(file, column, value, times.get(value), i === 0 || i === sample.length - 1, check);
  const has = file.metadata.row_groups.some((group) =>
    group.columns.some((c) => c.meta_data.path_in_schema[0] === column.name && c.meta_data.bloom_filter_offset !== undefined));
  if (has)
    await checkBloom(file, column, values, sample, check);
}
