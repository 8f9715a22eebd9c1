// Parses Mermaid files with Mermaid itself: node parse_mermaid.mjs NODE_MODULES FILE...
import { createRequire } from "node:module";
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(process.argv[2] + "/");
const { JSDOM } = require("jsdom");
globalThis.window = new JSDOM("").window;
globalThis.document = window.document;
const mermaid = (await import(pathToFileURL(require.resolve("mermaid")))).default;
for (const file of process.argv.slice(3)) await mermaid.parse(fs.readFileSync(file, "utf8"));
