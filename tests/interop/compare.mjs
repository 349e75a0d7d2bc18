// node compare.mjs FILE-OR-FOLDER...   folders are searched for *.parquet
//
// Reads every column of every file with every reader and fails unless all agree; with what stands beside the file too, if
// NAME.ndjson is there (write_samples.c). Then checks that searches which may skip data find what is there: lookups.mjs.
import fs from 'node:fs';
import path from 'node:path';
import { openFile, readers } from './readers.mjs';
import { checkLookups } from './lookups.mjs';

let passed = 0;
let failed = 0;

function check(ok, what) {
  if (ok) {
    passed++;
  } else {
    failed++;
    console.log(`FAILED ${what}`);
  }
}

function findFiles(where) {
  if (!fs.statSync(where).isDirectory())
    return [where];
  return fs.readdirSync(where).sort().flatMap((name) => {
    const full = path.join(where, name);
    return fs.statSync(full).isDirectory() ? findFiles(full) : name.endsWith('.parquet') ? [full] : [];
  });
}

function readTruth(file, columns) {
  const beside = file.replace(/\.parquet$/, '.ndjson');
  if (!fs.existsSync(beside))
    return null;
  const rows = fs.readFileSync(beside, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  return columns.map((_, i) => rows.map((row) => row[i]));
}

function firstDifference(a, b) {
  if (a.length !== b.length)
    return `${a.length} and ${b.length} rows`;
  const i = a.findIndex((v, k) => v !== b[k]);
  const show = (v) => (v === null ? 'NULL' : JSON.stringify(v.length > 80 ? `${v.slice(0, 80)}...` : v));
  return i < 0 ? null : `row ${i}: ${show(a[i])} and ${show(b[i])}`;
}

async function checkColumn(file, column, truth) {
  const where = `${file.path} ${column.name}`;
  const seen = [];
  for (const [name, read] of Object.entries(readers)) {
    try {
      seen.push({ name, values: await read(file, column) });
    } catch (error) {
      check(false, `${where}: ${name} cannot read it: ${error.message ?? error}`);
    }
  }
  if (truth !== null)
    seen.unshift({ name: 'truth', values: truth });
  for (const other of seen.slice(1)) {
    const difference = firstDifference(seen[0].values, other.values);
    check(difference === null, `${where}: ${seen[0].name} and ${other.name} differ, ${difference}`);
  }
  if (seen.length > 0)
    await checkLookups(file, column, seen[0].values, (ok, what) => check(ok, `${where}: ${what}`));
}

const files = process.argv.slice(2).flatMap(findFiles);
for (const name of files) {
  let file;
  try {
    file = await openFile(name);
  } catch (error) {
    check(false, `${name}: cannot be opened: ${error.message ?? error}`);
    continue;
  }
  const truth = readTruth(name, file.columns);
  for (const [i, column] of file.columns.entries())
    await checkColumn(file, column, truth && truth[i]);
}
if (files.length === 0)
  console.log('no *.parquet found');
console.log(`${files.length} files`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
