// @ts-check
// <aws-explorable>: gives life to the HTML that awsbook.explore.fragment wrote.
//
// data-state: idle (nothing asked yet), loading (an answer is on its way and Python is still starting; meanwhile the
// figure may show a setting nearby, and .ab-status says so),
// ready (the figure shows what the controls say), error (it does not; .ab-status says why).

import * as address from "./address.js";
import * as editor from "./editor.js";
import { charted, draw, fetchPlotly, put } from "./figure.js";
import { Nearby } from "./nearby.js";
import { Player } from "./play.js";
import * as python from "./python.js";
import { atRest, forget, stir, whenStill } from "./rest.js";
import { ends, handle, isNumber, onGrid, tidy, valueAt, valueToward } from "./slider.js";
import * as steps from "./steps.js";

const NEAR = "400px"; // how close to the screen an explorable comes before Python starts
const QUICK_MS = 80; // a line that brings a small file in less has room for Python beside the drawing library
const SPEAK_AFTER_MS = 600; // quiet before a screen reader is told, so that a drag is one sentence
const SPOKEN = new Intl.NumberFormat("en");
const ADDRESS_AFTER_MS = 300; // browsers refuse more than some hundred address changes in half a minute

class AwsExplorable extends HTMLElement {
  #over = new AbortController();
  /** @type {any} */ #spec = null;
  /** @type {any} */ #figure = null;
  #width = 0; // of the figure's place, px; asking for it in the middle of a move would lay the page out once more
  /** @type {AbortController | null} */ #asking = null;
  #again = false;
  #asked = false;
  /** @type {Record<string, any>} */ #good = {}; // the values that were answered last
  /** @type {Player[]} */ #players = [];
  #near = false;
  /** @type {Nearby | null} */ #nearby = null;
  #turn = 0; // counts the questions, so that an answer from the build that comes late is dropped
  #meanwhile = ""; // what is shown while Python starts
  #stopWatching = () => {};
  /** @type {Record<string, any>} */ #last = {}; // the values asked about last
  /** @type {{name: string, at: number, by: number, even: boolean} | null} */
  #hand = null; // the handle that moved last: where it is, how far it moved, and whether it did so twice
  #dragged = false; // whether a pointer holds something, and not a key
  #speak = 0;
  #write = 0;

  connectedCallback() {
    this.#spec = JSON.parse(this.#part(".ab-spec").textContent ?? "");
    this.#figure = this.#spec.figure;
    this.#good = this.#spec.start;
    this.#players = [];
    this.#nearby = new Nearby(this.id, this.#spec);
    this.#over = new AbortController();
    const { signal } = this.#over;
    this.#part(".ab-form").addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.#part(".ab-form").addEventListener("input", (event) => this.#changed(event), { signal });
    this.#part(".ab-form").addEventListener("change", (event) => this.#settled(event), { signal });
    this.#part(".ab-reset").addEventListener("click", () => this.#reset(), { signal });
    this.#part(".ab-link").addEventListener("click", () => this.#copyLink(), { signal });
    this.#part(".ab-form").addEventListener("click", (event) => this.#clicked(event), { signal });
    for (const kind of ["pointerdown", "pointerup", "keydown"]) {
      this.#part(".ab-form").addEventListener(kind, () => (this.#dragged = kind === "pointerdown"), { signal });
    }
    for (const kind of ["pointerenter", "focusin", "touchstart"]) {
      this.addEventListener(kind, () => this.#wake(), { signal, passive: true, once: true });
    }
    this.#part(".ab-plot").addEventListener("pointerenter", () => this.#asking || this.#draw(), { signal, passive: true, once: true });
    for (const control of this.querySelectorAll("fieldset, .ab-buttons button")) control.removeAttribute("disabled");
    for (const [name, control] of this.#controls()) {
      if (control.kind === "steps") steps.follow(this.#input(name), control);
      if (control.lines) editor.attend(this.#input(name), signal);
      if (control.play_s) this.#addPlayer(name, control);
    }
    this.#markLines(this.#spec.lines ?? {});
    this.#stopWatching = python.watch({
      loading: (done, all) => this.#progress(done, all),
      ready: () => {
        if (this.dataset.state === "loading") this.#say("");
        if (this.#near) this.#prepare();
      },
      failed: (why) => this.#failed(why),
    });
    const width = new ResizeObserver(([{ contentRect }]) => (this.#width = contentRect.width));
    width.observe(this.#part(".ab-plot"));
    signal.addEventListener("abort", () => width.disconnect());
    const theme = new MutationObserver(() => charted(this.#part(".ab-plot")) && this.#draw());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => theme.disconnect());
    this.#wakeWhenNear(signal);
    // WebKit resets the controls of a page that Back brings, a task after this event; the picture it leaves alone
    addEventListener("pageshow", ({ persisted }) => persisted && setTimeout(() => this.#showAll(this.#last)), { signal });
    // Back to another section of this page brings an older address; the controls stay as they are
    addEventListener("popstate", () => this.#asked && this.#toAddress(), { signal });
    this.#fromAddress();
  }

  disconnectedCallback() {
    this.#over.abort();
    this.#stopPlaying();
    forget(this);
    this.#stopWatching();
  }

  /** @param {string} selector @returns {HTMLElement} */
  #part(selector) {
    const found = this.querySelector(selector);
    if (!found) throw new Error(`${this.id} has no ${selector}`);
    return /** @type {HTMLElement} */ (found);
  }

  /** What a touch will need, the smallest first: on a slow line Python would leave the others a quarter of it. */
  async #wake() {
    if (python.answers()) return;
    const began = performance.now();
    const drawing = this.#figure.svg ? null : fetchPlotly();
    await this.#nearby?.load();
    if (performance.now() - began > QUICK_MS) await drawing;
    python.start();
  }

  /**
   * Python starts when the figure comes near the screen and the page is at rest. Plotly waits for it: the picture is
   * there already, and two at once would take each other's time.
   */
  #wakeWhenNear(/** @type {AbortSignal} */ signal) {
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        atRest(() => {
          if (/** @type {any} */ (navigator).connection?.saveData) return;
          this.#near = true;
          if (python.answers()) this.#prepare();
          else this.#wake();
        });
      },
      { rootMargin: NEAR },
    );
    near.observe(this);
    signal.addEventListener("abort", () => near.disconnect());
  }

  /**
   * What would make the first moves slow ones: Python's first answer here imports the topic, a sixth of a second, and
   * Plotly's first drawing takes longer than the others.
   */
  #prepare() {
    whenStill(this, () => this.#draw());
    python.rehearse(this.id, this.#width);
  }

  // ---- the controls ----

  /** @returns {[string, any][]} */
  #controls() {
    return Object.entries(this.#spec.controls);
  }

  /** @param {string} name @param {any} control */
  #addPlayer(name, control) {
    const button = /** @type {HTMLButtonElement} */ (this.#part(`[data-play="${name}"]`));
    const player = new Player(button, control, {
      at: () => Number(this.#exact(name).value),
      busy: () => this.#asking !== null,
      go: (value) => {
        this.#steer(name, handle(control, value), value);
        this.#update();
      },
    });
    this.#players.push(player);
  }

  /** A hand on any control takes over. */
  #stopPlaying() {
    for (const player of this.#players) player.stop();
  }

  /** A button of a control: an action to take, or the last one to take back. @param {Event} event */
  #clicked(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-do], [data-undo]");
    if (!(button instanceof HTMLElement) || button.getAttribute("aria-disabled") === "true") return;
    this.#stopPlaying();
    const field = /** @type {HTMLInputElement} */ (button.closest(".ab-control")?.querySelector("[data-control]"));
    steps.act(field, button.dataset.do ?? null);
    steps.follow(field, this.#spec.controls[field.dataset.control ?? ""]);
    this.#update();
  }

  /** @returns {Record<string, any>} every control's value as the page holds it */
  #values() {
    /** @type {Record<string, any>} */ const values = {};
    for (const [name, control] of this.#controls()) {
      const input = this.#input(name);
      if (control.kind === "slider") values[name] = this.#exact(name).value;
      else if (control.kind === "toggle") values[name] = input.checked;
      else values[name] = input.value;
    }
    return values;
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.#part(`[data-control="${name}"]`));
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #exact(name) {
    return /** @type {HTMLInputElement} */ (this.#part(`[data-exact="${name}"]`));
  }

  /** Shows `value` on the control, as far as the control can show it. @param {string} name @param {any} value */
  #show(name, value) {
    const control = this.#spec.controls[name];
    const input = this.#input(name);
    if (control.kind === "slider") {
      this.#exact(name).value = String(value);
      this.#follow(name, Number(value));
    } else if (control.kind === "toggle") input.checked = String(value) === "true";
    else input.value = String(value);
    if (control.kind === "steps") steps.follow(input, control);
    if (control.lines) editor.number(input);
  }

  /** The handle goes where the number is. @param {string} name @param {number} value */
  #follow(name, value) {
    const [control, input] = [this.#spec.controls[name], this.#input(name)];
    input.value = String(handle(control, value));
    input.setAttribute("aria-valuetext", `${SPOKEN.format(value)} ${control.unit}`);
  }

  /** Shows a slider's `value`, to which a hand has moved its handle. @param {string} name @param {number} at  where the hand left the handle @param {number} value */
  #steer(name, at, value) {
    const before = this.#hand?.name === name ? this.#hand : null;
    const by = before ? tidy(at - before.at) : 0;
    this.#show(name, value); // to the nearest value, so that the handle may not be where the hand left it
    this.#hand = { name, at: Number(this.#input(name).value), by, even: by === before?.by };
  }

  /** A slider's value when its handle comes to `at` from where `before` is. @param {string} name @param {number} at @param {number} before */
  #valueFor(name, at, before) {
    const slider = this.#spec.controls[name];
    return this.#dragged ? valueAt(slider, at) : valueToward(slider, at, before);
  }

  /** @param {Event} event */
  #changed(event) {
    this.#stopPlaying();
    const input = /** @type {HTMLInputElement} */ (event.target);
    const { control, exact, file } = input.dataset;
    if (file) return void this.#open(input, file);
    if (exact) {
      if (!isNumber(input.value)) return; // half of a number
      this.#follow(exact, Number(input.value));
    } else if (control && this.#spec.controls[control].kind === "slider") {
      const at = Number(input.value);
      this.#steer(control, at, this.#valueFor(control, at, Number(this.#exact(control).value)));
    }
    this.#update();
  }

  /** A number's field is left: it says what was answered. What was refused stays, and so does the reason. @param {Event} event */
  #settled(event) {
    const { exact } = /** @type {HTMLInputElement} */ (event.target).dataset;
    if (!exact) return;
    const slider = this.#spec.controls[exact];
    const given = this.#exact(exact).value;
    const value = isNumber(given) ? Number(given) : Number(this.#good[exact]);
    if (value < slider.min || value > slider.max) return;
    const said = String(onGrid(slider, value));
    if (said === given) return;
    this.#show(exact, said);
    this.#update();
  }

  /** Reads a file into its text control. It goes no further than this page. */
  async #open(/** @type {HTMLInputElement} */ input, /** @type {string} */ name) {
    const file = input.files?.[0];
    if (!file) return;
    const most = this.#spec.controls[name].max_chars;
    if (file.size > 4 * most) {
      this.#error(`${file.name} has ${file.size.toLocaleString("en")} bytes; this takes at most ${most.toLocaleString("en")} characters.`);
    } else {
      this.#input(name).value = await file.text();
      this.#update();
    }
    input.value = ""; // so that opening the same file again is a change
  }

  #reset() {
    this.#stopPlaying();
    for (const [name, value] of Object.entries(this.#spec.start)) this.#show(name, value);
    this.#update();
  }

  // ---- the address ----

  /** @returns {Record<string, any>} the values that differ from the start */
  #differences() {
    return Object.fromEntries(
      Object.entries(this.#values()).filter(([name, value]) => String(value) !== String(this.#spec.start[name])),
    );
  }

  #fromAddress() {
    const given = address.read(this.id);
    if (Object.keys(given).length === 0) return;
    this.#showAll(given);
    this.#ask({ ...this.#values(), ...given });
  }

  /** @param {Record<string, any>} values */
  #showAll(values) {
    for (const [name, value] of Object.entries(values)) {
      if (!Object.hasOwn(this.#spec.controls, name)) continue; // the answer will say so
      const control = this.#spec.controls[name];
      // what is no number cannot stand in a number's field; the answer will say what is wrong with it
      if ((control.kind !== "slider" || isNumber(String(value)))) this.#show(name, value);
    }
  }

  #toAddress() {
    clearTimeout(this.#write);
    this.#write = setTimeout(() => {
      history.replaceState(history.state, "", address.write(this.id, this.#differences()).url);
    }, ADDRESS_AFTER_MS);
  }

  async #copyLink() {
    const { url, left } = address.write(this.id, this.#differences());
    url.hash = this.id;
    const copied = this.#part(".ab-copied");
    const without = left.length ? ` (without ${left.join(", ")}: too long for a link)` : "";
    try {
      await navigator.clipboard.writeText(url.href);
      copied.textContent = `Link copied${without}.`;
    } catch {
      copied.textContent = `The browser did not let the page copy. The link${without}: ${url.href}`;
    }
  }

  // ---- asking and showing ----

  #update() {
    stir();
    this.#part(".ab-copied").textContent = ""; // that link is of another setting
    this.#toAddress();
    this.#ask(this.#values());
  }

  /** One question in flight; while it is, only the newest setting waits. @param {Record<string, any>} values */
  async #ask(values) {
    this.#asked = true;
    this.#last = values;
    const turn = ++this.#turn;
    if (!python.answers()) {
      if (this.dataset.state !== "ready") this.dataset.state = "loading";
      const near = await this.#nearby?.find(values);
      if (turn !== this.#turn) return; // a newer setting came meanwhile
      if (near && !python.answers()) {
        this.#meanwhile = near.exact ? "" : "The figure shows the nearest setting that was computed beforehand.";
        if (near.exact) this.#good = values;
        await this.#render(near.view, near.exact);
        python.start();
        if (turn !== this.#turn || (near.exact && !this.#asking)) return;
      }
    }
    if (this.#asking) {
      this.#again = true;
      this.#asking.abort();
      return;
    }
    this.#asking = new AbortController();
    if (this.dataset.state !== "ready") this.dataset.state = "loading";
    this.setAttribute("aria-busy", "true");
    let long = false;
    const onShare = (/** @type {number} */ share, /** @type {any} */ sketch) => {
      long = true;
      this.#share(share, sketch);
    };
    try {
      const got = await python.ask(this.id, values, this.#width || this.#part(".ab-plot").clientWidth, this.#asking.signal, onShare);
      if (got.view) {
        this.#good = values;
        if (!long) this.#foresee(values);
        await this.#render(got.view, true, got.drawn);
      } else if (got.stopped) this.#again || this.#error("Stopped. The figure shows the last result.");
      else if (got.crash) this.#error(`The model failed, which is a fault of this book: ${got.crash}`);
      else this.#error(got.error ?? "", got.control, got.line);
    } catch (error) {
      this.#failed(/** @type {Error} */ (error).message);
    }
    this.removeAttribute("aria-busy");
    this.#asking = null;
    if (this.#again) {
      this.#again = false;
      this.#ask(this.#values());
    }
  }

  /** A hand that moves evenly, by keys or slowly by mouse, will be one step further next. @param {Record<string, any>} values */
  #foresee(values) {
    if (!this.#hand?.by || !this.#hand.even) return;
    const { name, at, by } = this.#hand;
    const control = this.#spec.controls[name];
    const next = tidy(at + by);
    const [low, high] = ends(control);
    if (next < low || next > high) return;
    const value = this.#valueFor(name, next, Number(values[name]));
    python.foresee(this.id, { ...values, [name]: String(value) }, this.#width);
  }

  /**
   * @param {any} view  @param {boolean} exact  whether it answers what the controls say
   * @param {string} [drawn]  its chart as Python drew it
   */
  async #render(view, exact, drawn) {
    const there = this.#tell(view, drawn);
    if (exact) this.#tick(view.goals);
    clearTimeout(this.#speak);
    this.#speak = setTimeout(() => (this.#part(".ab-spoken").textContent = view.sentence), SPEAK_AFTER_MS);
    if (drawn) whenStill(this, () => this.#draw());
    const missing = !there && !(await this.#draw());
    // said only now: while Plotly came and drew, the start of Python may have shown how far it is
    if (missing) this.#say("The picture shows the starting values until Python is here.");
    else this.#say(exact ? "" : this.#meanwhile);
    this.dataset.state = exact ? "ready" : "loading";
  }

  /**
   * A view's words, its numbers and, if Python has drawn it, its picture.
   * @param {any} view  @param {string} [drawn]  @returns {boolean} whether the picture is there
   */
  #tell(view, drawn) {
    this.#figure = view.figure;
    this.#part(".ab-sentence").textContent = view.sentence;
    fillTable(/** @type {HTMLTableElement} */ (this.#part(".ab-table table")), view.table);
    this.#markLines(view.lines);
    forget(this);
    const place = this.#part(".ab-plot");
    this.#name(place);
    const picture = drawn || (view.figure.svg && `<div class="ab-poster">${view.figure.svg}</div>`);
    if (picture) put(place, picture);
    return Boolean(picture);
  }

  /** Plotly's drawing in the place of Python's. Without Plotly, Python's stays. @returns {Promise<boolean>} whether it is there */
  async #draw() {
    const figure = this.#figure;
    if (figure.svg) return true;
    try {
      await draw(this.#part(".ab-plot"), figure, () => figure === this.#figure);
      return true;
    } catch (error) {
      console.info(`${this.id}: no values under the pointer (${/** @type {Error} */ (error).message})`);
      return false;
    }
  }

  /** What a screen reader says in the figure's place. @param {HTMLElement} place */
  #name(place) {
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${this.#part(".ab-title").textContent}. ${this.#part(".ab-sentence").textContent}`);
  }

  /** The lines of its texts that decided. @param {Record<string, [number, number]>} lines */
  #markLines(lines) {
    for (const [name, control] of this.#controls()) {
      if (!control.lines) continue;
      const [first, last] = lines[name] ?? [0, -1];
      editor.mark(this.#input(name), first, last);
    }
  }

  /** A goal once reached stays ticked. @param {{text: string, met: boolean}[]} goals */
  #tick(goals) {
    const items = this.querySelectorAll(".ab-goals li");
    goals.forEach((goal, i) => {
      const item = /** @type {HTMLElement} */ (items[i]);
      if (goal.met && item.dataset.met !== "true") {
        item.dataset.met = "true";
        /** @type {HTMLElement} */ (item.querySelector(".ab-met")).textContent = "(reached)";
      }
    });
  }

  // ---- what the reader is told ----

  /** @param {string} text */
  #say(text) {
    const status = this.#part(".ab-status");
    if (status.textContent !== text) status.textContent = text;
  }

  #progress(/** @type {number} */ done, /** @type {number} */ all) {
    if (this.dataset.state !== "loading") return; // the reader has asked for nothing yet
    const status = this.#part(".ab-status");
    let bar = status.querySelector("progress");
    if (!bar) {
      bar = document.createElement("progress");
      bar.setAttribute("aria-label", "Loading Python");
      status.replaceChildren(bar, document.createElement("span"));
    }
    bar.max = all;
    bar.value = done;
    /** @type {HTMLElement} */ (bar.nextElementSibling).textContent =
      ` Starting Python in your browser: ${(done / 1e6).toFixed(1)} of ${(all / 1e6).toFixed(1)} MB. ${this.#meanwhile}`;
  }

  /**
   * A long answer is on its way: how far, what is known by now, and a way out.
   * @param {number} share  @param {{view: any, drawn: string}} [sketch]
   */
  #share(share, sketch) {
    if (sketch && !this.#again) this.#tell(sketch.view, sketch.drawn);
    const status = this.#part(".ab-status");
    let bar = status.querySelector("progress.ab-share");
    if (!(bar instanceof HTMLProgressElement)) {
      bar = document.createElement("progress");
      bar.className = "ab-share";
      bar.setAttribute("aria-label", "Computing");
      const stop = document.createElement("button");
      stop.type = "button";
      stop.textContent = "Stop";
      stop.addEventListener("click", () => this.#asking?.abort());
      status.replaceChildren(bar, " ", stop);
    }
    /** @type {HTMLProgressElement} */ (bar).value = share;
  }

  /**
   * The setting was refused: the last good figure stays.
   * @param {string} text  @param {string} [control]  whose text @param {number} [line]  has the fault in it
   */
  #error(text, control, line) {
    this.dataset.state = "error";
    this.#say(text);
    if (!control || !line || !this.#spec.controls[control]?.lines) return;
    const input = this.#input(control);
    editor.mark(input, line, line, "bad");
    const go = document.createElement("button");
    go.type = "button";
    go.textContent = `Go to line ${line}`;
    go.addEventListener("click", () => editor.goTo(input, line));
    this.#part(".ab-status").append(" ", go);
  }

  /** Python is gone: say so where the reader asks for it, and offer another try. @param {string} why */
  #failed(why) {
    this.dataset.state = "error";
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Try again";
    again.addEventListener("click", () => this.#update());
    const shows = this.#asked ? "The figure shows the last result." : "The figure shows its starting values and does not move.";
    this.#part(".ab-status").replaceChildren(`${why} ${shows} `, again);
  }
}

/**
 * Same rows as fragment.py writes; where the table has as many already, only texts that differ are written.
 * @param {HTMLTableElement} table @param {{header: string[], rows: string[][]}} content
 */
function fillTable(table, { header, rows }) {
  const texts = [header, ...rows];
  const there = [...table.rows].map((row) => [...row.cells]);
  if (there.length === texts.length && there.every((cells, i) => cells.length === texts[i].length)) {
    there.forEach((cells, i) => cells.forEach((cell, j) => cell.textContent !== texts[i][j] && (cell.textContent = texts[i][j])));
    return;
  }
  const cell = (/** @type {string} */ text, /** @type {string} */ scope) => {
    const made = document.createElement(scope ? "th" : "td");
    made.textContent = text;
    if (scope) made.setAttribute("scope", scope);
    return made;
  };
  table.tHead?.rows[0].replaceChildren(...header.map((text) => cell(text, "col")));
  table.tBodies[0].replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells.map((text, i) => cell(text, i ? "" : "row")));
      return row;
    }),
  );
}

customElements.define("aws-explorable", AwsExplorable);
