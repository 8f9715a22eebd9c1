// Starts `w2sdl lsp` for .w2s files. Plain JavaScript: `npm install` is all that it needs.
"use strict";

const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient, State } = require("vscode-languageclient/node");

let client;

function makeClient() {
  const settings = vscode.workspace.getConfiguration("w2sdl");
  const [command, ...args] = settings.get("command");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const isPath = command.includes("/") || command.includes("\\");
  const executable = {
    command: isPath && folder ? path.resolve(folder, command) : command,
    args,
    options: { cwd: folder },
  };
  return new LanguageClient("w2sdl", "w2sdl", executable, {
    documentSelector: [{ language: "w2s" }],
    initializationOptions: { pedantic: settings.get("pedantic") },
  });
}

async function start() {
  client = makeClient();
  try {
    await client.start();
  } catch (problem) {
    const said = `w2sdl: the language server did not start (${problem.message}). ` +
      "Install w2sdl where VS Code finds it, or set `w2sdl.command`.";
    vscode.window.showErrorMessage(said);
  }
}

async function stop() {
  if (client && client.state !== State.Stopped) {
    await client.stop().catch(() => {});
  }
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("w2sdl.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("w2sdl")) {
        restart();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
