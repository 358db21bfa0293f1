// A drawing pad: strokes come from mouse, touch, pen or keyboard, and go to Python as data.
// Coordinates are fractions of the pad's side, so that nothing depends on how large it is shown.

const STEP = 1 / 32
const round = value => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000

function button(label, act) {
  const element = document.createElement("button")
  element.type = "button"
  element.className = "vislearn-pad-button"
  element.textContent = label
  element.addEventListener("click", act)
  return element
}

export function paint(canvas, strokes, pen, cursor) {
  const side = canvas.width
  const context = canvas.getContext("2d")
  context.fillStyle = "black"
  context.fillRect(0, 0, side, side)
  context.strokeStyle = context.fillStyle = "white"
  context.lineWidth = pen * side
  context.lineCap = context.lineJoin = "round"
  for (const stroke of strokes) {
    context.beginPath()
    context.moveTo(stroke[0][0] * side, stroke[0][1] * side)
    for (const [x, y] of stroke) context.lineTo(x * side, y * side)
    context.stroke()
  }
  if (cursor) {
    context.lineWidth = side / 90
    context.strokeStyle = cursor.down ? "#e69f00" : "#56b4e9"
    context.beginPath()
    context.arc(cursor.x * side, cursor.y * side, (pen * side) / 2 + context.lineWidth, 0, 2 * Math.PI)
    context.stroke()
  }
}

function render({ model, el }) {
  const words = model.get("words")
  const side = model.get("size")
  const root = document.createElement("div")
  root.className = "vislearn-pad"
  root.setAttribute("data-lm-suppress-shortcuts", "true") // else JupyterLab takes C, Z and the arrows
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = Math.round(side * Math.max(1, window.devicePixelRatio || 1))
  canvas.style.width = canvas.style.height = `${side}px`
  canvas.tabIndex = 0
  canvas.setAttribute("role", "application")
  canvas.setAttribute("aria-label", `${words.label} ${words.keys}`)
  const state = document.createElement("div")
  state.className = "vislearn-pad-state"
  state.setAttribute("role", "status")
  const keys = document.createElement("div")
  keys.className = "vislearn-pad-keys"
  keys.textContent = words.keys

  let current = null // the stroke that is being drawn
  const cursor = { x: 0.5, y: 0.5, down: false, shown: false }
  const strokes = () => model.get("strokes")
  const show = () => {
    const drawn = current ? [...strokes(), current] : strokes()
    paint(canvas, drawn, model.get("pen"), cursor.shown ? cursor : null)
    undo.disabled = clear.disabled = drawn.length === 0
    state.textContent = cursor.shown ? (cursor.down ? words.down : words.up) : drawn.length ? "" : words.empty
  }
  const keep = list => {
    model.set("strokes", list)
    model.save_changes()
    show()
  }
  const finish = () => {
    const done = current
    current = null
    cursor.down = false
    if (done) keep([...strokes(), done])
  }
  const remove = rest => {
    current = null
    cursor.down = false
    keep(rest)
  }
  const undo = button(words.undo, () => remove(strokes().slice(0, -1)))
  const clear = button(words.clear, () => remove([]))

  const point = event => {
    const box = canvas.getBoundingClientRect()
    return [round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.height)]
  }
  canvas.addEventListener("pointerdown", event => {
    if (event.button !== 0 || !event.isPrimary) return
    event.preventDefault()
    canvas.focus()
    canvas.setPointerCapture(event.pointerId)
    finish()
    cursor.shown = false
    current = [point(event)]
    show()
  })
  canvas.addEventListener("pointermove", event => {
    if (!current || cursor.shown || !event.isPrimary) return
    const steps = event.getCoalescedEvents?.() ?? []
    for (const step of steps.length ? steps : [event]) current.push(point(step))
    show()
  })
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      if (!cursor.shown) finish()
    })

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const move = moves[event.key]
    if (move) {
      const step = event.shiftKey ? 4 * STEP : STEP
      cursor.x = round(cursor.x + move[0] * step)
      cursor.y = round(cursor.y + move[1] * step)
      cursor.shown = true
      if (cursor.down) current.push([cursor.x, cursor.y])
      show()
    } else if (event.key === " ") {
      if (cursor.down) finish()
      else {
        Object.assign(cursor, { down: true, shown: true })
        current = [[cursor.x, cursor.y]]
      }
      show()
    } else if (event.code === "KeyC") remove([])
    else if (event.code === "KeyZ" || event.key === "Backspace")
      remove(current ? strokes() : strokes().slice(0, -1))
    else return // Tab leaves, as everywhere
    event.preventDefault()
    event.stopPropagation()
  })
  canvas.addEventListener("focus", () => {
    cursor.shown = canvas.matches(":focus-visible")
    show()
  })
  canvas.addEventListener("blur", () => {
    finish()
    cursor.shown = false
    show()
  })

  const row = document.createElement("div")
  row.className = "vislearn-pad-row"
  row.append(undo, clear)
  const beside = document.createElement("div")
  beside.className = "vislearn-pad-beside"
  beside.append(row, state, keys)
  root.append(canvas, beside)
  el.append(root)
  model.on("change:strokes", show)
  show()
  return () => model.off("change:strokes", show)
}

export default { render }
