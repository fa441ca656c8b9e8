// ONNX Runtime as a peer of `fovea bench --mode infer`: one ONNX file on synthetic input, the same JSON as torch_bench.py's. export_onnx.py makes the file.
//
//     npm ci --prefix bench/peers
//     node bench/peers/ort_bench.mjs FILE.onnx --model alexnet --batch-size 64 --shape 3x224x224 --seconds 10 --threads 2
//     node bench/peers/ort_bench.mjs --version
//
// The input is a float32 batch that lies ready, and the result's memory is the runtime's own, as with PyTorch. Medians over the runs after the warm-up.
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);
const ort = require("onnxruntime-node");

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: "boolean", default: false },
    model: { type: "string", default: "model" },
    shape: { type: "string", default: "3x224x224" },
    "batch-size": { type: "string", default: "64" },
    seconds: { type: "string", default: "10" },
    warmup: { type: "string", default: "2" },
    threads: { type: "string", default: "2" },
  },
});

if (given.version) {
  console.log(require("onnxruntime-node/package.json").version);
  process.exit(0);
}

const batch = Number(given["batch-size"]);
const dims = [batch, ...given.shape.split("x").map(Number)];
const input = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => ((i * 2654435761) % 1024) / 512 - 1);
const session = await ort.InferenceSession.create(positionals[0], {
  executionProviders: ["cpu"],
  graphOptimizationLevel: "all",
  executionMode: "sequential",
  intraOpNumThreads: Number(given.threads),
  interOpNumThreads: 1,
});
const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", input, dims) };
for (let i = 0; i < Number(given.warmup); i++) await session.run(feeds);
const times = [];
const end = performance.now() + 1000 * Number(given.seconds);
while (times.length < 3 || performance.now() < end) {
  const start = performance.now();
  await session.run(feeds);
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const middle = times.length >> 1;
const median = times.length % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
console.log(JSON.stringify([{
  model: given.model, mode: "infer", batch, precision: "fp32", backend: "onnxruntime", threads: Number(given.threads),
  imagesPerSecond: (1000 * batch) / median, msPerStep: median, peakBytes: process.resourceUsage().maxRSS * 1024,
}]));
