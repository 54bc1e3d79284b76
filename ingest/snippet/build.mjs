// Builds the snippet of the version that package.json names, and enters its hash in versions.json:
// `node build.mjs`. With a folder behind it builds there and enters nothing: for the test that compares.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const elsewhere = process.argv[2];

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.ts"],
  bundle: true,
  minifySyntax: true,
  format: "iife",
  target: "es2021",
  charset: "utf8",
  legalComments: "none",
  tsconfigRaw: { compilerOptions: { alwaysStrict: false } }, // a directive that only costs bytes
  define: { __VERSION__: JSON.stringify(version) },
  write: false,
});
const { code } = await minify(outputFiles[0].text, {
  ecma: 2020,
  toplevel: true,
  compress: { passes: 3, unsafe_arrows: true, keep_fargs: false, pure_getters: true, hoist_funs: true },
});
const contents = Buffer.from(code + "\n");
if (elsewhere) {
  writeFileSync(join(elsewhere, `footfall.${version}.js`), contents);
  process.exit(0);
}
const list = join(here, "versions.json");
const versions = JSON.parse(readFileSync(list, "utf8"));
const hash = "sha384-" + createHash("sha384").update(contents).digest("base64");
if (versions[version] && versions[version] !== hash) {
  console.error(`version ${version} is out and stays as it is: raise the version in package.json`);
  process.exit(1);
}
writeFileSync(join(here, "built", `footfall.${version}.js`), contents);
writeFileSync(list, JSON.stringify({ ...versions, [version]: hash }, null, 2) + "\n");
console.log(`built/footfall.${version}.js ${contents.length} bytes ${hash}`);
