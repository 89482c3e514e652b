// The one door to every command of this repository: `node scripts/run.mjs <command> [arguments]`.
// Owns the check of the Node version and the table of commands. Must stay readable by an old Node, so
// that a wrong version gets a sentence instead of a syntax error: commands are loaded only after it.
const NODE_MAJOR_MIN = 20;

const COMMANDS = {
  setup: './commands/setup.mjs',
  build: './commands/build.mjs',
  test: './commands/test.mjs',
  check: './commands/check.mjs',
  format: './commands/format.mjs',
  start: './commands/start.mjs',
  bench: './commands/bench.mjs',
  docs: './commands/docs.mjs',
  matrix: './commands/matrix.mjs',
};

function main() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NODE_MAJOR_MIN) {
    console.error(
      'Millrace needs Node ' +
        NODE_MAJOR_MIN +
        ' or newer; this is ' +
        process.version +
        '.\n' +
        'Without installing anything: npx -y -p node@' +
        NODE_MAJOR_MIN +
        ' -c "npm test"',
    );
    process.exit(1);
  }
  const name = String(process.argv[2]);
  const module = Object.prototype.hasOwnProperty.call(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (module === undefined) {
    console.error('No such command: ' + name + '. There are: ' + Object.keys(COMMANDS).join(', ') + '.');
    process.exit(1);
  }
  import(module)
    .then((command) => command.main(process.argv.slice(3)))
    .then(
      (code) => {
        process.exitCode = code;
      },
      (error) => {
        // A failure that a person can mend carries its remedy and needs no stack.
        console.error(error && error.remedy ? '\n' + error.message + '\n' + error.remedy : error);
        process.exitCode = 1;
      },
    );
}

main();
