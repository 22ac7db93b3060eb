// @ts-check
// <aws-explorable>: gives life to the HTML that awsbook.explore.fragment wrote.
//
// data-state: idle (nothing asked yet), loading (an answer is on its way and Python is still starting; meanwhile the
// figure may show a setting nearby, and .ab-status says so),
// ready (the figure shows what the controls say), error (it does not; .ab-status says why).

import * as address from "./address.js";
import { Controls } from "./controls.js";
import { charted, draw, put } from "./figure.js";
import { Nearby } from "./nearby.js";
import { part } from "./part.js";
import { Player } from "./play.js";
import * as python from "./python.js";
import { atRest, forget, stir, whenStill } from "./rest.js";
import { Status } from "./status.js";
import * as table from "./table.js";

const NEAR = "400px"; // how close to the screen an explorable comes before Python starts
const SPEAK_AFTER_MS = 600; // quiet before a screen reader is told, so that a drag is one sentence
const ADDRESS_AFTER_MS = 300; // browsers refuse more than some hundred address changes in half a minute

class AwsExplorable extends HTMLElement {
  #over = new AbortController();
  /** @type {any} */ #spec = null;
  /** @type {Controls} */ #controls = /** @type {any} */ (null); // these two are there once the element is on the page
  /** @type {Status} */ #status = /** @type {any} */ (null);
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
  #speak = 0;
  #write = 0;

  connectedCallback() {
    this.#spec = JSON.parse(part(this, ".ab-spec").textContent ?? "");
    this.#figure = this.#spec.figure;
    this.#good = this.#spec.start;
    this.#players = [];
    this.#nearby = new Nearby(this.id, this.#spec);
    this.#over = new AbortController();
    const { signal } = this.#over;
    const form = part(this, ".ab-form");
    this.#controls = new Controls(form, this.#spec.controls, signal);
    this.#status = new Status(part(this, ".ab-status"));
    form.addEventListener("submit", (event) => event.preventDefault(), { signal });
    form.addEventListener("input", (event) => this.#changed(event), { signal });
    form.addEventListener("change", (event) => this.#settled(event), { signal });
    part(this, ".ab-reset").addEventListener("click", () => this.#reset(), { signal });
    part(this, ".ab-link").addEventListener("click", () => this.#copyLink(), { signal });
    form.addEventListener("click", (event) => this.#clicked(event), { signal });
    for (const kind of ["pointerenter", "focusin", "touchstart"]) {
      this.addEventListener(kind, () => this.#wake(), { signal, passive: true, once: true });
    }
    part(this, ".ab-plot").addEventListener("pointerenter", () => this.#asking || this.#draw(), { signal, passive: true, once: true });
    for (const control of this.querySelectorAll("fieldset, .ab-buttons button")) control.removeAttribute("disabled");
    for (const [name, control] of Object.entries(this.#spec.controls)) if (control.play_s) this.#addPlayer(name, control);
    this.#controls.mark(this.#spec.lines ?? {});
    this.#stopWatching = python.watch({
      loading: (done, all) => {
        // before that the reader has asked for nothing
        if (this.dataset.state === "loading") this.#status.loading(done, all, this.#meanwhile);
      },
      ready: () => {
        if (this.dataset.state === "loading") this.#status.say("");
        if (this.#near) this.#prepare();
      },
      failed: (why) => this.#failed(why),
    });
    const width = new ResizeObserver(([{ contentRect }]) => (this.#width = contentRect.width));
    width.observe(part(this, ".ab-plot"));
    signal.addEventListener("abort", () => width.disconnect());
    const theme = new MutationObserver(() => charted(part(this, ".ab-plot")) && this.#draw());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => theme.disconnect());
    this.#wakeWhenNear(signal);
    // WebKit resets the controls of a page that Back brings, a task after this event; the picture it leaves alone
    addEventListener("pageshow", ({ persisted }) => persisted && setTimeout(() => this.#controls.show(this.#last)), { signal });
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

  /** What a touch will need, the smallest first: on a slow line Python would leave it a part of it. */
  async #wake() {
    if (python.answers()) return;
    await this.#nearby?.load();
    python.start();
  }

  /** Python starts when the figure comes near the screen and the page is at rest. @param {AbortSignal} signal */
  #wakeWhenNear(signal) {
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

  // ---- hands ----

  /** @param {string} name @param {any} control */
  #addPlayer(name, control) {
    const button = /** @type {HTMLButtonElement} */ (part(this, `[data-play="${name}"]`));
    const player = new Player(button, control, {
      at: () => this.#controls.value(name),
      busy: () => this.#asking !== null,
      go: (value) => {
        this.#controls.steer(name, value);
        this.#update();
      },
    });
    this.#players.push(player);
  }

  /** A hand on any control takes over. */
  #stopPlaying() {
    for (const player of this.#players) player.stop();
  }

  /** @param {Event} event */
  #changed(event) {
    this.#stopPlaying();
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.dataset.file) this.#open(field, field.dataset.file);
    else if (this.#controls.changed(field)) this.#update();
  }

  /** @param {Event} event */
  #settled(event) {
    if (this.#controls.settled(/** @type {HTMLInputElement} */ (event.target), this.#good)) this.#update();
  }

  /** @param {Event} event */
  #clicked(event) {
    if (!this.#controls.pressed(/** @type {Element} */ (event.target))) return;
    this.#stopPlaying();
    this.#update();
  }

  /** A file was chosen for a text. @param {HTMLInputElement} field @param {string} name */
  async #open(field, name) {
    const file = field.files?.[0];
    if (!file) return;
    const refused = await this.#controls.open(name, file);
    if (refused) this.#error(refused);
    else this.#update();
    field.value = ""; // so that opening the same file again is a change
  }

  #reset() {
    this.#stopPlaying();
    this.#controls.show(this.#spec.start);
    this.#update();
  }

  // ---- the address ----

  /** @returns {Record<string, any>} the values that differ from the start */
  #differences() {
    return Object.fromEntries(
      Object.entries(this.#controls.values()).filter(([name, value]) => String(value) !== String(this.#spec.start[name])),
    );
  }

  #fromAddress() {
    const given = address.read(this.id);
    if (Object.keys(given).length === 0) return;
    this.#controls.show(given);
    this.#ask({ ...this.#controls.values(), ...given });
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
    const copied = part(this, ".ab-copied");
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
    part(this, ".ab-copied").textContent = ""; // that link is of another setting
    this.#toAddress();
    this.#ask(this.#controls.values());
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
        this.#render(near.view, near.exact, near.drawn);
        python.start();
        if (near.exact && !this.#asking) return;
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
      const got = await python.ask(this.id, values, this.#width || part(this, ".ab-plot").clientWidth, this.#asking.signal, onShare);
      if ("view" in got) {
        this.#good = values;
        if (!long) this.#foresee(values);
        this.#render(got.view, true, got.drawn);
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
      this.#ask(this.#controls.values());
    }
  }

  /** A hand that moves evenly, by keys or slowly by mouse, will be one step further next. @param {Record<string, any>} values */
  #foresee(values) {
    const next = this.#controls.next(values);
    if (next) python.foresee(this.id, next, this.#width);
  }

  /**
   * @param {any} view  @param {boolean} exact  whether it answers what the controls say
   * @param {string} drawn  its chart as Python drew it
   */
  #render(view, exact, drawn) {
    this.#tell(view, drawn);
    if (exact) this.#tick(view.goals);
    clearTimeout(this.#speak);
    this.#speak = setTimeout(() => (part(this, ".ab-spoken").textContent = view.sentence), SPEAK_AFTER_MS);
    if (drawn) whenStill(this, () => this.#draw());
    this.#status.say(exact ? "" : this.#meanwhile);
    this.dataset.state = exact ? "ready" : "loading";
  }

  /** A view's words, its numbers and its picture. @param {any} view  @param {string} drawn */
  #tell(view, drawn) {
    this.#figure = view.figure;
    part(this, ".ab-sentence").textContent = view.sentence;
    table.fill(/** @type {HTMLTableElement} */ (part(this, ".ab-table table")), view.table);
    this.#controls.mark(view.lines);
    forget(this);
    const place = part(this, ".ab-plot");
    this.#name(place);
    put(place, drawn || `<div class="ab-poster">${view.figure.svg}</div>`);
  }

  /** Plotly's drawing in the place of Python's. Without Plotly, Python's stays. */
  async #draw() {
    const figure = this.#figure;
    if (figure.svg) return;
    try {
      await draw(part(this, ".ab-plot"), figure, () => figure === this.#figure);
    } catch (error) {
      console.info(`${this.id}: no values under the pointer (${/** @type {Error} */ (error).message})`);
    }
  }

  /** What a screen reader says in the figure's place. @param {HTMLElement} place */
  #name(place) {
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${part(this, ".ab-title").textContent}. ${part(this, ".ab-sentence").textContent}`);
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

  /**
   * A long answer is on its way: how far, what is known by now, and a way out.
   * @param {number} share  @param {{view: any, drawn: string}} [sketch]
   */
  #share(share, sketch) {
    if (sketch && !this.#again) this.#tell(sketch.view, sketch.drawn);
    this.#status.computing(share, () => this.#asking?.abort());
  }

  /**
   * The setting was refused: the last good figure stays.
   * @param {string} text  @param {string} [control]  whose text @param {number} [line]  has the fault in it
   */
  #error(text, control, line) {
    this.dataset.state = "error";
    const go = this.#controls.blame(control, line);
    if (go) this.#status.offer(text, `Go to line ${line}`, go);
    else this.#status.say(text);
  }

  /** Python is gone: say so where the reader asks for it, and offer another try. @param {string} why */
  #failed(why) {
    this.dataset.state = "error";
    const shows = this.#asked ? "The figure shows the last result." : "The figure shows its starting values and does not move.";
    this.#status.offer(`${why} ${shows}`, "Try again", () => this.#update());
  }
}

customElements.define("aws-explorable", AwsExplorable);
