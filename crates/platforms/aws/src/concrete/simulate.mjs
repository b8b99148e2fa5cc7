// Asks `@cloud-copilot/iam-simulate` of the folder that the first argument names: one simulation as JSON a line in, what it
// decides and the context keys that it leaves out a line out. The package is nobody's dependency; it is run beside the tests where somebody installed it.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const { runSimulation } = createRequire(join(process.argv[2], 'x.js'))('@cloud-copilot/iam-simulate');
const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
for await (const line of lines) {
  let said;
  try {
    const { resultType, errors, overallResult, result, results } = await runSimulation(JSON.parse(line), {});
    const ignored = [result, ...(results ?? [])].flatMap((one) => one?.ignoredContextKeys ?? []);
    said = resultType === 'error' ? `error: ${JSON.stringify(errors)}` : [overallResult, ...ignored].join('\t');
  } catch (error) {
    said = `error: ${error.message}`.replaceAll('\n', ' ');
  }
  process.stdout.write(`${said}\n`);
}
