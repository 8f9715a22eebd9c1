// Prints what the grammar makes of files, as VS Code would see it: for each file a list of
// [line, start, end, scopes], columns in UTF-16 units.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const require = createRequire(import.meta.url);
const engine = readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer;
await oniguruma.loadWASM(engine);

const file = new URL("../syntaxes/w2s.tmLanguage.json", import.meta.url);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(file, "utf8"), file.pathname),
});
const grammar = await registry.loadGrammar("source.w2s");

const found = {};
for (const path of process.argv.slice(2)) {
  let stack = textmate.INITIAL;
  found[path] = [];
  readFileSync(path, "utf8").split("\n").forEach((line, number) => {
    const result = grammar.tokenizeLine(line, stack);
    stack = result.ruleStack;
    for (const token of result.tokens) {
      const scope = token.scopes.slice(1).join(" ");
      found[path].push([number, token.startIndex, Math.min(token.endIndex, line.length), scope]);
    }
  });
}
console.log(JSON.stringify(found));
