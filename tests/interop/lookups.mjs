// Searches that skip data: a wrong bound, bloom filter or page index loses rows without a word, so each is held against the
// values themselves.
import { countWithIndexes, query, quoteName, quoteText } from './readers.mjs';

const SAMPLES = 12; // values looked up in each column
const ABSENT = 50; // values that are nowhere, for the filters

const duckdbType = { BIGINT: 'bigint', INTEGER: 'integer', VARCHAR: 'varchar', BOOLEAN: 'boolean' };

function sampleOf(values) {
  const there = values.filter((v) => v !== null);
  const step = Math.max(1, Math.floor(there.length / (SAMPLES - 1)));
  const picked = there.filter((_, i) => i % step === 0);
  return [...new Set(there.length ? [...picked, there.at(-1)] : [])];
}

// As the format orders them: numbers by value, strings by their bytes.
function compareAs(type) {
  if (type === 'VARCHAR')
    return (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (type === 'BOOLEAN')
    return (a, b) => (a > b) - (a < b);
  return (a, b) => Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b));
}

async function checkBounds(file, column, values, check) {
  const there = values.filter((v) => v !== null);
  const order = compareAs(column.type);
  const least = there.reduce((a, b) => (a === null || order(b, a) < 0 ? b : a), null);
  const most = there.reduce((a, b) => (a === null || order(b, a) > 0 ? b : a), null);
  const value = (f) => column.type.startsWith('TIMESTAMP') ? `epoch_us(${f}(c))::varchar` : `${f}(c)::varchar`;
  const [[min], [max], [count]] = await query(`select ${value('min')}, ${value('max')}, count(c)::int
    from (select ${quoteName(column.name)} c from read_parquet(${quoteText(file.path)}))`);
  check(min === least && max === most, 'min() or max() is not that of the values');
  check(count === there.length, 'count() is not that of the values');
}

async function checkEquality(file, column, value, values, check) {
  const expected = values.reduce((n, v) => n + (v === value), 0);
  const constant = column.type.startsWith('TIMESTAMP') ? `make_timestamptz(${value})` : `$1::${duckdbType[column.type]}`;
  const [[found]] = await query(`select count(*)::int from read_parquet(${quoteText(file.path)})
    where ${quoteName(column.name)} = ${constant}`, constant.startsWith('$') ? [value] : []);
  check(found === expected, `DuckDB finds ${found} rows of ${expected} with ${value.slice(0, 60)}`);
  const typed = { VARCHAR: (v) => v, BIGINT: BigInt, INTEGER: Number }[column.type];
  if (typed !== undefined) {
    const indexed = await countWithIndexes(file, column, typed(value));
    check(indexed === expected, `hyparquet finds ${indexed} rows of ${expected} with ${value.slice(0, 60)}`);
  }
}

function rowGroups(file, values) {
  let at = 0;
  return file.metadata.row_groups.map((group) => new Set(values.slice(at, at += Number(group.num_rows))));
}

async function excludedBy(file, column, value) {
  const [, , ids, excluded] = await query(`select * from (select file_name, 0, row_group_id, bloom_filter_excludes
    from parquet_bloom_probe(${quoteText(file.path)}, ${quoteText(column.name)}, $1::${duckdbType[column.type]})) order by 3`,
  [value]);
  return (ids ?? []).map((id, i) => ({ id: Number(id), excluded: excluded[i] }));
}

async function checkBloom(file, column, values, sample, check) {
  const groups = rowGroups(file, values);
  for (const value of sample) {
    const probed = await excludedBy(file, column, value);
    check(probed.length === groups.length && probed.every((p) => !(p.excluded && groups[p.id].has(value))),
      `the bloom filter denies ${value.slice(0, 60)}`);
  }
  let right = 0;
  let all = 0;
  for (let i = 0; i < ABSENT && groups.length > 0; i++) {
    const absent = column.type === 'VARCHAR' ? `nowhere ${i}` : String(7777777777777777n + BigInt(i));
    for (const p of await excludedBy(file, column, absent)) {
      all++;
      right += p.excluded;
    }
  }
  check(right >= all * 0.95, `the bloom filter excludes only ${right} of ${all} absent values`);
}

/** `check(ok, what)` counts. */
export async function checkLookups(file, column, values, check) {
  const sample = sampleOf(values);
  await checkBounds(file, column, values, check);
  for (const value of sample)
    await checkEquality(file, column, value, values, check);
  const has = file.metadata.row_groups.some((group) =>
    group.columns.some((c) => c.meta_data.path_in_schema[0] === column.name && c.meta_data.bloom_filter_offset !== undefined));
  if (has)
    await checkBloom(file, column, values, sample, check);
}
