// The page: takes a picture from a file, the camera or the pad, asks the model, and shows what it says.
// Who answers is this computer's server, or, in a folder made to be put on a web host, the browser itself.

import pad, { paint } from "./pad.js"

const LARGEST = 32 // MB; the server refuses more too
const SHOWN = 5 // classes
const LONGEST = 1024 // pixels of what is shown
const DRAWN = 280 // pixels along each side of a drawing
const PEN = 0.08

const byId = id => document.getElementById(id)
const config = await (await fetch("config.json")).json()
const { recipe, colors } = config
const [state, list, picture, level] = ["state", "list", "picture", "level"].map(byId)

let code = remembered()
let words = config.words[code]
let told = { word: "nothing_yet", values: {} }
let shown = null // the picture on show, and the answer once it is there
let turn = 0 // of asking: an answer that comes late is not shown under a newer picture

function remembered() {
  let kept = null
  try {
    kept = localStorage.getItem("vislearn-language")
  } catch {} // a browser that keeps nothing
  return kept in config.words ? kept : config.language
}

const filled = (word, values = {}) => words[word].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
const percent = share => new Intl.NumberFormat(code, { style: "percent", maximumFractionDigits: 1 }).format(share)
const whole = count => new Intl.NumberFormat(code).format(count)
const className = label => recipe.classes[label] ?? String(label)

function say(word, values = {}) {
  told = { word, values }
  state.textContent = filled(word, values)
}

// ---- who answers

async function askServer(blob) {
  let reply
  try {
    reply = await fetch("answer", { method: "POST", body: blob })
  } catch {
    throw new Error(words.gone)
  }
  const answer = await reply.json()
  if (!reply.ok) throw new Error(answer.error)
  if (answer.mask) answer.mask = Uint8Array.from(atob(answer.mask), letter => letter.charCodeAt(0))
  return answer
}

async function answering() {
  if (!config.static) return askServer
  say("loading")
  const { prepare } = await import("./answering.js")
  const ask = await prepare(recipe)
  say("ready")
  return ask
}

// ---- asking

async function look(blob) {
  const mine = ++turn
  if (blob.size > LARGEST * 2 ** 20) return say("too_large", { limit: whole(LARGEST) })
  let bitmap
  try {
    bitmap = await createImageBitmap(blob)
  } catch {
    return say("not_shown")
  }
  if (mine !== turn) return
  shown = { bitmap, answer: null }
  say("asking")
  show()
  try {
    const answer = await (await answers)(blob)
    if (mine !== turn) return
    shown.answer = answer
    show()
  } catch (trouble) {
    if (mine === turn) say("failed", { reason: trouble.message })
  }
}

// ---- showing

function show() {
  if (!shown) return
  const { bitmap, answer } = shown
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height))
  picture.width = Math.max(1, Math.round(bitmap.width * scale))
  picture.height = Math.max(1, Math.round(bitmap.height * scale))
  picture.hidden = false
  const context = picture.getContext("2d")
  context.fillStyle = "white"
  context.fillRect(0, 0, picture.width, picture.height)
  context.imageSmoothingQuality = "high"
  context.drawImage(bitmap, 0, 0, picture.width, picture.height)
  list.replaceChildren()
  byId("slider").hidden = !answer || answer.kind === "classifier"
  picture.setAttribute("aria-label", filled("picture", { answer: "…" }))
  if (!answer) return
  const summary = { classifier: showClasses, detector: showBoxes, segmenter: showMask }[answer.kind](answer, context)
  state.textContent = summary
  told = null
  picture.setAttribute("aria-label", filled("picture", { answer: summary }))
}

function row(name, share, color) {
  const item = document.createElement("li")
  const [label, number] = [document.createElement("span"), document.createElement("span")]
  label.textContent = name
  number.textContent = percent(share)
  if (color) item.append(swatch(color), label, number)
  else {
    const bar = document.createElement("progress")
    bar.value = share
    bar.setAttribute("aria-label", name)
    item.className = "plain"
    item.append(label, number, bar)
  }
  list.append(item)
}

function swatch(color) {
  const [sheet, square] = ["svg", "rect"].map(tag => document.createElementNS("http://www.w3.org/2000/svg", tag))
  for (const [key, value] of Object.entries({ width: 14, height: 14, rx: 3, fill: color })) square.setAttribute(key, value)
  sheet.setAttribute("aria-hidden", "true")
  sheet.append(square)
  return sheet
}

function showClasses({ probabilities }) {
  const order = [...probabilities.keys()].sort((one, other) => probabilities[other] - probabilities[one])
  for (const label of order.slice(0, SHOWN)) row(className(label), probabilities[label])
  return `${className(order[0])}, ${percent(probabilities[order[0]])}`
}

function showBoxes({ width, height, boxes, labels, scores }, context) {
  slider("least_score", 0.05, 0.95, percent)
  const sure = [...scores.keys()].filter(at => scores[at] >= level.value)
  const [across, down] = [picture.width / width, picture.height / height]
  const unit = Math.max(2, Math.round(picture.width / 240))
  context.font = `${8 * unit}px system-ui, sans-serif`
  context.textBaseline = "top"
  for (const at of sure.toReversed()) {
    const [left, top, right, bottom] = boxes[at].map((value, side) => value * (side % 2 ? down : across))
    const text = ` ${className(labels[at] - 1)} ${percent(scores[at])} `
    const color = colors[labels[at] % colors.length]
    context.strokeStyle = context.fillStyle = color
    context.lineWidth = unit
    context.strokeRect(left, top, right - left, bottom - top)
    const wide = context.measureText(text).width
    const [x, y] = [Math.max(0, Math.min(left, picture.width - wide)), Math.max(0, top - 10 * unit)]
    context.fillRect(x, y, wide, 10 * unit)
    context.fillStyle = readable(color)
    context.fillText(text, x, y + unit)
  }
  for (const at of sure) row(className(labels[at] - 1), scores[at], colors[labels[at] % colors.length])
  return sure.length ? filled("found", { count: whole(sure.length) }) : words.no_objects
}

function readable(color) {
  const [red, green, blue] = [1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16))
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000000" : "#ffffff"
}

function showMask({ width, height, mask }, context) {
  slider("strength", 0, 1, percent)
  const layer = new OffscreenCanvas(width, height)
  const over = layer.getContext("2d")
  const pixels = over.createImageData(width, height)
  const counts = new Map()
  const inks = colors.map(color => [1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16)))
  mask.forEach((label, at) => {
    counts.set(label, (counts.get(label) ?? 0) + 1)
    pixels.data.set([...inks[label % inks.length], 255], 4 * at)
  })
  over.putImageData(pixels, 0, 0)
  context.globalAlpha = Number(level.value)
  context.imageSmoothingEnabled = false // between two classes there is no third
  context.drawImage(layer, 0, 0, picture.width, picture.height)
  context.globalAlpha = 1
  const order = [...counts].sort((one, other) => other[1] - one[1])
  for (const [label, count] of order) row(className(label), count / mask.length, colors[label % colors.length])
  return order.map(([label, count]) => `${className(label)}, ${percent(count / mask.length)}`).join("; ")
}

function slider(word, least, most, format) {
  byId("slider-word").textContent = words[word]
  if (level.min !== String(least)) Object.assign(level, { min: least, max: most, step: 0.05, value: 0.5 })
  byId("level-shown").textContent = format(level.value)
}

// ---- where pictures come from

function chosen(files) {
  if (files?.length) look(files[0])
}

const drop = document.querySelector(".drop")
byId("chooser").addEventListener("change", event => {
  chosen(event.target.files)
})
for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]])
  drop.addEventListener(kind, event => {
    event.preventDefault()
    drop.classList.toggle("over", over)
    if (kind === "drop") chosen(event.dataTransfer.files)
  })
document.addEventListener("paste", event => chosen(event.clipboardData.files))

const view = byId("view")
function filming(stream) {
  view.srcObject = stream
  for (const id of ["view", "take", "stop"]) byId(id).hidden = !stream
  byId("start").hidden = Boolean(stream)
}
byId("start").addEventListener("click", async () => {
  try {
    filming(await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }))
    byId("take").focus()
  } catch (trouble) {
    say("failed", { reason: trouble.message })
  }
})
function stop() {
  for (const track of view.srcObject?.getTracks() ?? []) track.stop()
  filming(null)
}
byId("stop").addEventListener("click", stop)
byId("take").addEventListener("click", async () => {
  if (!view.videoWidth) return // it has not begun yet
  const still = new OffscreenCanvas(view.videoWidth, view.videoHeight)
  still.getContext("2d").drawImage(view, 0, 0)
  look(await still.convertToBlob())
})

let strokes = []
const model = {
  get: name => ({ strokes, size: DRAWN, pen: PEN, words: words.pad })[name],
  set: (_, value) => (strokes = value),
  save_changes: () => lookAtDrawing(),
  on() {},
  off() {},
}
async function lookAtDrawing() {
  if (!strokes.length) return
  const canvas = new OffscreenCanvas(DRAWN, DRAWN)
  paint(canvas, strokes, PEN, null)
  if (byId("ink").checked) {
    const context = canvas.getContext("2d")
    context.globalCompositeOperation = "difference"
    context.fillStyle = "white"
    context.fillRect(0, 0, DRAWN, DRAWN)
  }
  look(await canvas.convertToBlob())
}
byId("ink").addEventListener("change", lookAtDrawing)

byId("sources").addEventListener("change", event => {
  for (const source of document.querySelectorAll(".source")) source.hidden = source.id !== event.target.value
  if (event.target.value !== "camera") stop()
})

// ---- words

function speak() {
  words = config.words[code]
  document.documentElement.lang = code
  document.title = `${config.name} · vislearn`
  byId("name").textContent = config.name
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word]
  view.setAttribute("aria-label", words.view)
  byId("pad").replaceChildren()
  pad.render({ model, el: byId("pad") })
  const other = Object.keys(config.words).find(one => one !== code)
  Object.assign(byId("language"), { textContent: config.languages[other], lang: other })
  if (told) say(told.word, told.values)
  show()
}
byId("language").addEventListener("click", () => {
  code = byId("language").lang
  try {
    localStorage.setItem("vislearn-language", code)
  } catch {}
  speak()
})
level.addEventListener("input", show)

const camera = Boolean(navigator.mediaDevices?.getUserMedia)
byId("start").disabled = !camera
byId("no-camera").hidden = camera
speak()
const answers = answering()
answers.catch(trouble => say("failed", { reason: trouble.message }))
chosen(byId("chooser").files) // whoever is quick has chosen one before anything here listened
