// Asks a web server so many times a second, each time by a connection of its own, until SIGTERM; then prints {sent, lost}.
// Arguments: URL, queries a second. Started by the scenario in the namespace of the neighbor.
import { get } from "node:http";

/** When an answer counts as lost, in ms. */
const PATIENCE = 2000;

const [url = "", rate = "200"] = process.argv.slice(2);
let [sent, answered] = [0, 0];

function ask(): void {
  sent += 1;
  const request = get(url, { agent: false, timeout: PATIENCE }, (response) => {
    response.resume().on("end", () => {
      if (response.statusCode === 200) answered += 1;
    });
  });
  request.on("timeout", () => request.destroy()).on("error", () => undefined);
}

const started = performance.now();
// As many as are due: a timer alone would be too slow on a busy machine.
const timer = setInterval(() => {
  while (sent < ((performance.now() - started) / 1000) * Number(rate)) ask();
}, 5);

process.on("SIGTERM", () => {
  clearInterval(timer);
  setTimeout(() => {
    console.log(JSON.stringify({ sent, lost: sent - answered }));
    process.exit();
  }, PATIENCE + 100);
});
