// What Pillow's resize does, number for number, and the rest of how vislearn.deploy prepares a picture.
// A canvas would shrink pictures otherwise, each browser in its own way, and the model would see other pixels.
//
// A picture is { width, height, data }: bytes, red, green and blue of one pixel after the other.

const BITS = 22 // of a weight's fraction, as in Pillow's C
const FILTERS = {
  bilinear: { reach: 1, at: x => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    reach: 2,
    at: x => {
      const [a, far] = [-0.5, Math.abs(x)]
      if (far < 1) return ((a + 2) * far - (a + 3)) * far * far + 1
      return far < 2 ? (((far - 5) * far + 8) * far - 4) * a : 0
    },
  },
}

// For each new pixel the first old one that counts, and whole-number weights from there on.
function weights(few, many, filter) {
  const scale = few / many
  const stretch = Math.max(scale, 1) // a shrinking picture is smoothed as far as it shrinks
  const reach = filter.reach * stretch
  return Array.from({ length: many }, (_, place) => {
    const middle = (place + 0.5) * scale
    const first = Math.max(0, Math.trunc(middle - reach + 0.5))
    const last = Math.min(few, Math.trunc(middle + reach + 0.5))
    const parts = []
    for (let old = first; old < last; old++) parts.push(filter.at((old - middle + 0.5) * (1 / stretch)))
    const sum = parts.reduce((one, other) => one + other, 0)
    const fixed = parts.map(part => (part / sum) * 2 ** BITS)
    return { first, parts: Int32Array.from(fixed, part => Math.trunc(part < 0 ? part - 0.5 : part + 0.5)) }
  })
}

const byte = sum => Math.min(255, Math.max(0, sum >> BITS))

function across({ width, height, data }, many, filter) {
  const out = new Uint8Array(3 * many * height)
  weights(width, many, filter).forEach(({ first, parts }, x) => {
    for (let y = 0; y < height; y++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = 1 << (BITS - 1)
        for (let k = 0, at = 3 * (y * width + first) + channel; k < parts.length; k++, at += 3) sum += data[at] * parts[k]
        out[3 * (y * many + x) + channel] = byte(sum)
      }
  })
  return { width: many, height, data: out }
}

function down({ width, height, data }, many, filter) {
  const line = 3 * width
  const out = new Uint8Array(line * many)
  weights(height, many, filter).forEach(({ first, parts }, y) => {
    for (let x = 0; x < line; x++) {
      let sum = 1 << (BITS - 1)
      for (let k = 0, at = first * line + x; k < parts.length; k++, at += line) sum += data[at] * parts[k]
      out[y * line + x] = byte(sum)
    }
  })
  return { width, height: many, data: out }
}

// Which old pixel each new one is, added up step by step as Pillow does: rounding decides between two.
function places(few, many) {
  const step = few / many
  const found = []
  for (let at = step / 2; found.length < many; at += step) found.push(Math.floor(at))
  return found
}

function nearest({ width, height, data }, wide, tall) {
  const out = new Uint8Array(3 * wide * tall)
  const [rows, columns] = [places(height, tall), places(width, wide)]
  rows.forEach((oldY, y) => {
    columns.forEach((oldX, x) => {
      const from = 3 * (oldY * width + oldX)
      out.set(data.subarray(from, from + 3), 3 * (y * wide + x))
    })
  })
  return { width: wide, height: tall, data: out }
}

export function resized(picture, wide, tall, interpolation) {
  if (interpolation === "nearest") return nearest(picture, wide, tall)
  const filter = FILTERS[interpolation]
  const half = wide === picture.width ? picture : across(picture, wide, filter)
  return tall === picture.height ? half : down(half, tall, filter)
}

// Python's round(): halves go to the even number.
function rounded(number) {
  const below = Math.floor(number)
  if (number - below !== 0.5) return Math.round(number)
  return below % 2 ? below + 1 : below
}

function middle(picture, tall, wide) {
  const [left, top] = [picture.width, picture.height].map((side, axis) => {
    const missing = Math.max(0, [wide, tall][axis] - side)
    // The odd pixel of a border is added at the right and below, as torchvision does.
    return missing ? -Math.floor(missing / 2) : rounded((side - [wide, tall][axis]) / 2)
  })
  const out = new Uint8Array(3 * wide * tall) // black where the picture has nothing
  for (let y = 0; y < tall; y++)
    for (let x = 0; x < wide; x++) {
      const [oldX, oldY] = [x + left, y + top]
      if (oldX < 0 || oldY < 0 || oldX >= picture.width || oldY >= picture.height) continue
      const from = 3 * (oldY * picture.width + oldX)
      out.set(picture.data.subarray(from, from + 3), 3 * (y * wide + x))
    }
  return { width: wide, height: tall, data: out }
}

function sizeAfter({ width, height }, resize) {
  if (resize.length === 2) return [resize[1], resize[0]]
  const [side] = resize
  return width <= height
    ? [side, Math.trunc((side * height) / width)]
    : [Math.trunc((side * width) / height), side]
}

// As vislearn.deploy.pixels.prepared.
export function prepared(picture, { resize, interpolation, crop }) {
  if (resize) picture = resized(picture, ...sizeAfter(picture, resize), interpolation)
  return crop ? middle(picture, ...crop) : picture
}

// As vislearn.demo.answers.fitting.
export function fitting(picture, longest) {
  const scale = longest / Math.max(picture.width, picture.height)
  if (scale >= 1) return picture
  const [wide, tall] = [picture.width, picture.height].map(side => Math.max(1, Math.trunc(side * scale)))
  return resized(picture, wide, tall, "bilinear")
}

// One channel after the other, as networks take them.
export function planes({ width, height, data }) {
  const out = new Uint8Array(data.length)
  const count = width * height
  for (let at = 0; at < count; at++)
    for (let channel = 0; channel < 3; channel++) out[channel * count + at] = data[3 * at + channel]
  return out
}

// The likeliest class of each pixel: logits (K, h, w) at another size, as vislearn.deploy.pixels.enlarged.
export function likeliest(logits, [classes, h, w], height, width) {
  const taps = (few, many) =>
    Array.from({ length: many }, (_, place) => {
      const at = Math.min(few - 1, Math.max(0, ((place + 0.5) * few) / many - 0.5))
      const below = Math.min(Math.trunc(at), Math.max(few - 2, 0))
      return [below, Math.min(below + 1, few - 1), at - below]
    })
  const [rows, columns] = [taps(h, height), taps(w, width)]
  const mask = new Uint8Array(height * width)
  rows.forEach(([top, bottom, low], y) => {
    columns.forEach(([left, right, far], x) => {
      let best = -Infinity
      for (let label = 0; label < classes; label++) {
        const at = (row, column) => logits[(label * h + row) * w + column]
        const upper = at(top, left) * (1 - far) + at(top, right) * far
        const value = upper * (1 - low) + (at(bottom, left) * (1 - far) + at(bottom, right) * far) * low
        if (value > best) [best, mask[y * width + x]] = [value, label]
      }
    })
  })
  return mask
}
