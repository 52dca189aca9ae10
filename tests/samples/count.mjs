// Counts the o200k tokens of every sample and writes counts.json; see README.md.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";

const folder = process.argv[2];
const samples = readdirSync(folder).filter((name) => name.endsWith(".txt")).sort();
const counts = samples.map((name) => [name, countTokens(readFileSync(`${folder}/${name}`, "utf8"))]);
writeFileSync(`${folder}/counts.json`, `${JSON.stringify(Object.fromEntries(counts), null, 2)}\n`);
