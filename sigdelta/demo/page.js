// The page's script, run by Bokeh when its figures stand: controls to requests, replies to figures.
export default ({ sources, figures, span, ask, answer, text }) => {
  const { controls, own, first, cells } = JSON.parse(text)
  const $ = (id) => document.getElementById(id)
  const number = (value) => (value === "inf" ? Infinity : Number(value))
  let reply = first, sound = null, waiting = null, wanted = null, timer = null, count = 0, step = 0

  // ---- controls and their words
  const is_slider = (name) => $(name).type === "range"
  const value_of = (name) => is_slider(name) ? controls[name].values[Number($(name).value)] : $(name).value

  function set_control(name, value) {
    if (!is_slider(name)) { $(name).value = value; return }
    const { values } = controls[name]
    const distance = (each) => each === value || number(each) === number(value) ? -1
      : Math.abs(Math.log(number(each) + 1e-9) - Math.log(number(value) + 1e-9))
    $(name).max = values.length - 1
    $(name).value = values.reduce((best, each, i) => distance(each) < distance(values[best]) ? i : best, 0)
  }

  function print_control(name) {
    if (!is_slider(name)) return
    const { factor, unit, top } = controls[name], value = number(value_of(name))
    const words = value === Infinity ? top : `${Number((factor * value).toPrecision(4))} ${unit}`
    $(`shown-${name}`).value = words
    $(name).setAttribute("aria-valuetext", words)
  }

  function fill(query) {
    const state = new URLSearchParams(query)
    for (const name in controls) {
      set_control(name, state.get(name) ?? controls[name].default)
      print_control(name)
    }
    step = Number(state.get("step") ?? 0)
    show_step()
  }

  function query() {
    const state = new URLSearchParams()
    for (const name in controls) if (String(value_of(name)) !== String(controls[name].default)) state.set(name, value_of(name))
    if (step) state.set("step", step)
    return state.toString()
  }

  function show_step() {
    const buttons = [...document.querySelectorAll(".step")]
    buttons.forEach((button, i) => i + 1 === step ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current"))
    for (let i = 0; i <= buttons.length; i++) $(`text-${i}`).hidden = i !== step
    $("previous").disabled = step <= 1
    $("next").disabled = step === buttons.length
  }

  // ---- requests: one under way, the newest waiting
  function send(request) {
    wanted = { ...wanted, ...request }
    if ("step" in request || "file" in request) delete wanted.query
    if (waiting === null) post()
  }

  function post() {
    const request = { ...wanted, id: ++count }
    if (!("step" in request || "file" in request || "query" in request)) request.query = query()
    waiting = request
    wanted = null
    $("views").setAttribute("aria-busy", "true")
    if (cells) { setTimeout(() => receive({ ...stored(request), id: request.id })); return }
    clearTimeout(timer)
    timer = setTimeout(() => say("The server does not answer: is `sigdelta demo` still running? Start it, then reload this page.", true), 15000)
    ask.data = { text: [JSON.stringify(request)] }
  }

  function receive(answered) {
    if (waiting === null || answered.id !== waiting.id) return
    clearTimeout(timer)
    const asked = waiting
    waiting = null
    show(answered, asked)
    if (asked.listen && answered.sound) play(asked.listen)
    if (!wanted && answered.curve_due) wanted = { curve: true }
    if (wanted) post()
    else $("views").setAttribute("aria-busy", "false")
  }

  // ---- a file without a server: the nearest of the replies that were computed
  const all_values = Object.fromEntries(Object.entries(controls).map(([name, { values }]) => [name, values]))

  function stored(request) {
    const state = new URLSearchParams(request.query ?? "")
    step = request.step ?? Number(state.get("step") ?? 0)
    if (!cells.steps[step]) step = 0
    const { group: place, at } = cells.steps[step], { axes, replies, query } = cells.groups[place]
    const answered = new URLSearchParams(query)
    let cell = 0
    for (const name in controls) if (is_slider(name)) controls[name].values = axes[name] ?? all_values[name]
    for (const [name, values] of Object.entries(axes)) {
      set_control(name, request.step ? at[name] : state.get(name) ?? controls[name].default)
      const i = is_slider(name) ? Number($(name).value) : Math.max(values.indexOf($(name).value), 0)
      if (!is_slider(name)) for (const option of $(name).options) option.hidden = option.disabled = !values.includes(option.value)
      cell = cell * values.length + i
      answered.set(name, values[i])
    }
    if (step) answered.set("step", step)
    const { view, curve, ...reply } = replies[cell]
    const arrays = (packed) => Object.fromEntries(Object.entries(packed).map(([name, k]) => [name, cells.arrays[k]]))
    return { ...reply, query: answered.toString(), moves: Object.keys(axes),
      ...(view && { view: { ...view, arrays: arrays(view.arrays) }, curve: arrays(curve) }) }
  }

  // ---- replies
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer

  // base64 of float32, or "low,high," and base64 of uint16 between the two, nan the last
  function floats(text) {
    const [low, high, steps] = text.split(",")
    if (steps === undefined) return new Float32Array(bytes(text))
    const start = Number(low), size = (high - low) / 65534
    return Float64Array.from(new Uint16Array(bytes(steps)), (k) => (k === 65535 ? NaN : start + k * size))
  }

  function draw(packed) {
    const arrays = Object.fromEntries(Object.entries(packed).map(([name, text]) => [name, floats(text)]))
    if ("error" in arrays) arrays.membrane ??= arrays.error
    for (const name in sources) {
      const columns = Object.keys(sources[name].data)
      if (columns.every((column) => column in arrays))
        sources[name].data = Object.fromEntries(columns.map((column) => [column, arrays[column]]))
    }
  }

  // a range around all finite numbers of some columns; as before where these are as before, so that a zoom stays
  function fit(range, columns, is_log = false, margin = 0.06) {
    let low = Infinity, high = -Infinity
    for (const column of columns) for (const value of column) {
      const place = is_log ? Math.log10(value) : value
      if (place < low && place > -Infinity) low = place
      if (place > high && place < Infinity) high = place
    }
    if (low > high) return
    const pad = margin * (high - low || Math.abs(high) || 1), back = (place) => is_log ? 10 ** place : place
    const start = back(low - pad), end = back(high + pad)
    if (range.reset_start !== start || range.reset_end !== end) range.setv({ start, end, reset_start: start, reset_end: end })
  }

  function fit_all() {
    const { time, levels, bounds, spectrum, swept, point } = sources
    fit(span, [bounds.data.bound_t], false, 0)
    fit(figures.signal.y_range, [time.data.target, time.data.decoded])
    fit(figures.membrane.y_range, [time.data.membrane, levels.data.level, levels.data.low])
    fit(figures.error.y_range, [time.data.error, bounds.data.bound, bounds.data.minus_bound])
    fit(figures.spectra.x_range, [spectrum.data.frequency], true, 0)
    fit(figures.spectra.y_range, [spectrum.data.signal_db, spectrum.data.error_db])
    fit(figures.curve.x_range, [swept.data.swept, point.data.point], true)
    fit(figures.curve.y_range, [swept.data.swept_error, swept.data.law, point.data.point_error], true)
  }

  function show(answered, asked) {
    const { view, curve, notes, problem, used, moves } = answered
    if (asked === null || "step" in asked || "file" in asked || cells) fill(answered.query)
    history.replaceState(null, "", (cells ? "#" : "?") + answered.query)
    for (const name in controls) {
      const idle = !used.includes(name) || (cells !== null && !moves.includes(name))
      $(name).disabled = idle
      $(`control-${name}`).classList.toggle("unused", idle)
    }
    if (problem) { say(problem, true); return }
    say(notes.join(" "), false)
    reply = answered
    sound = answered.sound ?? null
    if (curve) draw(curve)
    if (!view) return
    const { words, numbers } = view, amplitude = words.units || "amplitude"
    draw(view.arrays)
    fit_all()
    for (const name of ["signal", "membrane", "error"]) figures[name].left[0].axis_label = amplitude
    figures.curve.left[0].axis_label = `rms error${words.units ? ` (${words.units})` : ""}`
    figures.curve.below[0].axis_label = `threshold θ${words.units ? ` (${words.units})` : ""}`
    for (const name in numbers) $(`number-${name}`).textContent = numbers[name]
    $("number-bound").classList.toggle("words", numbers.bound === words.no_bound)
    for (const which of ["target", "decoded"]) document.querySelector(`#picture-signal .${which} span`).textContent = words[which]
    document.querySelector("#picture-error .bound").hidden = numbers.bound === words.no_bound
    describe(words, numbers)
    $("listen-hint").textContent = cells && !sound ? "At the settings of a step only, in this file." : ""
    for (const button of document.querySelectorAll("[data-listen]")) button.disabled = cells !== null && !sound
  }

  function describe(words, numbers) {
    const about = {
      signal: `${words.target} of ${words.name}, and ${words.decoded}: SNR ${numbers.snr_db}`,
      raster: `Spikes: ${numbers.spikes}, ${numbers.rate}; saturated ${numbers.saturated}`,
      membrane: `Membrane, with the level at which it fires; threshold ${numbers.threshold}`,
      error: `Error: rms ${numbers.rms_error}, largest ${numbers.max_error}, bound ${numbers.bound}`,
      spectra: `Spectra of ${words.target} and of the error`,
      curve: `Rms error against threshold for ${words.name}; here ${numbers.rms_error} at ${numbers.threshold}`,
    }
    for (const name in about) $(`about-${name}`).setAttribute("aria-label", about[name])
  }

  function say(words, is_problem) {
    $("message").textContent = words
    $("message").classList.toggle("problem", is_problem)
    $("message").setAttribute("role", is_problem ? "alert" : "status")
  }

  // ---- listening
  function play(which) {
    const player = $("player")
    player.src = reply.sound[which]
    player.play().catch(() => say("This browser does not play the sound by itself: press its play button.", false))
  }

  for (const button of document.querySelectorAll("[data-listen]"))
    button.addEventListener("click", () => sound ? play(button.dataset.listen) : send({ listen: button.dataset.listen }))

  // ---- what the visitor does
  $("controls").addEventListener("submit", (event) => event.preventDefault())
  function moved({ target, type }) {
    // a choice is told of by "change" in every browser, and by "input" in most
    if (!(target.id in controls) || (target.tagName === "SELECT") !== (type === "change")) return
    print_control(target.id)
    if (target.type !== "number" || target.value !== "") send({ query: query() })
  }
  for (const type of ["input", "change"]) $("controls").addEventListener(type, moved)
  for (const button of document.querySelectorAll(".step")) button.addEventListener("click", () => send({ step: Number(button.dataset.step) }))
  $("previous").addEventListener("click", () => send({ step: step - 1 }))
  $("next").addEventListener("click", () => send({ step: step + 1 }))
  $("file")?.addEventListener("change", async () => {
    const [file] = $("file").files
    if (!file) return
    const reader = new FileReader()
    reader.onload = () => send({ file: { name: file.name, data: reader.result.split(",")[1] ?? "", fs: $("rate").value ? Number($("rate").value) : null } })
    reader.onerror = () => say(`${file.name} cannot be read.`, true)
    if (file.size > 16 * 2 ** 20) say(`${file.name} has ${(file.size / 2 ** 20).toPrecision(3)} MiB, and 16 are possible here: start the page with it, as in \`sigdelta demo long.wav\`, and choose an excerpt there.`, true)
    else reader.readAsDataURL(file)
    $("file").value = ""
  })

  // ---- begin
  if (answer) answer.properties.data.change.connect(() => receive(JSON.parse(answer.data.text[0])))
  const [, alone] = location.hash.match(/^#step=(\d+)$/) ?? []
  if (cells) show(stored(cells.steps[alone] ? { step: Number(alone) } : { query: location.hash.slice(1) || first.query }), null)
  else show(first, null)
  $("views").setAttribute("aria-busy", "false")
}
