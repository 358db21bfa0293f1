// The model at work in the browser: what vislearn.deploy does in Python, with ONNX Runtime's WebAssembly.

import { fitting, likeliest, planes, prepared } from "./pixels.js"

const LONGEST = 1024 // pixels, as on the server
const LEAST_SCORE = 0.05

export async function prepare(recipe) {
  const ort = await import("./ort.wasm.bundle.min.mjs")
  ort.env.wasm.numThreads = 1 // more need headers that a plain web host does not send
  ort.env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", import.meta.url).href }
  const session = await ort.InferenceSession.create(new URL("model.onnx", import.meta.url).href)
  let last = Promise.resolve() // a session answers one question at a time
  return blob => {
    const answer = last.then(() => answerTo(blob, recipe, session, ort))
    last = answer.catch(() => {})
    return answer
  }
}

// Bytes as they stand in the file, upright; transparency is laid on white.
export async function pixelsOf(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" })
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  context.fillStyle = "white"
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  const four = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(3 * width * height)
  for (let at = 0; at < width * height; at++) data.set(four.subarray(4 * at, 4 * at + 3), 3 * at)
  return { width, height, data }
}

async function answerTo(blob, recipe, session, ort) {
  let picture = await pixelsOf(blob)
  if (recipe.kind !== "classifier" && !recipe.resize) picture = fitting(picture, LONGEST)
  const ready = prepared(picture, recipe)
  const shape = [3, ready.height, ready.width]
  const pixels = new ort.Tensor("uint8", planes(ready), recipe.kind === "detector" ? shape : [1, ...shape])
  const told = await session.run({ [session.inputNames[0]]: pixels })
  return { kind: recipe.kind, ...READ[recipe.kind](told, picture, ready) }
}

const READ = {
  classifier: ({ probabilities }) => ({ probabilities: Array.from(probabilities.data) }),
  segmenter: ({ logits }, { width, height }) => ({
    width,
    height,
    mask: likeliest(logits.data, logits.dims.slice(1), height, width),
  }),
  detector: ({ boxes, labels, scores }, { width, height }, ready) => {
    const scale = [width / ready.width, height / ready.height]
    const sure = [...scores.data.keys()].filter(at => scores.data[at] >= LEAST_SCORE)
    return {
      width,
      height,
      boxes: sure.map(at => Array.from(boxes.data.slice(4 * at, 4 * at + 4), (edge, side) => edge * scale[side % 2])),
      labels: sure.map(at => Number(labels.data[at])),
      scores: sure.map(at => scores.data[at]),
    }
  },
}
