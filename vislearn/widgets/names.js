// ipywidgets' sliders take the arrow keys, but a screen reader hears a number alone: each gets the words that
// stand beside it. Controls may change while a lab is shown, so what is inside it is watched.

function nameSliders(lab) {
  for (const slider of lab.querySelectorAll(".widget-slider")) {
    const words = slider.querySelector(".widget-label")?.textContent
    if (!words) continue
    for (const part of slider.querySelectorAll(".noUi-handle, .widget-readout")) part.setAttribute("aria-label", words)
  }
}

function render({ el }) {
  let watching = new MutationObserver(begin)

  function begin() {
    const lab = el.closest(".vislearn-lab")
    if (!lab) return // not on the page yet
    watching.disconnect()
    watching = new MutationObserver(() => nameSliders(lab))
    watching.observe(lab, { childList: true, subtree: true })
    nameSliders(lab)
  }

  watching.observe(document.body, { childList: true, subtree: true })
  begin()
  return () => watching.disconnect()
}

export default { render }
