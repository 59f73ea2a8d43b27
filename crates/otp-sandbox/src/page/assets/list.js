// A list that has elements only for what is in the window, so that 10,000 entries scroll.

const MARGIN = 800;

export class VirtualList {
  /**
   * `create(item)` returns `{ element, update(item), tick?() }`, where the element is an `article`. Items have a `number`, and a `key` that no other sandbox's has.
   */
  constructor(container, estimate, create) {
    Object.assign(this, { container, estimate, create, items: [], offsets: [0] });
    this.rows = new Map();
    this.heights = new Map();
    this.isFirst = true;
    this.newest = 0;
    this.observer = new ResizeObserver((entries) => this.measured(entries));
    addEventListener("scroll", () => this.render(), { passive: true });
    addEventListener("resize", () => this.render(), { passive: true });
  }

  set(items) {
    const anchor = this.anchor();
    this.items = items;
    this.layOut();
    this.restore(anchor);
    this.render();
    if (items.length) {
      this.newest = Math.max(this.newest, items[0].number);
      this.isFirst = false;
    }
  }

  top() {
    return this.container.getBoundingClientRect().top + scrollY;
  }

  /** The entry at the top of the window, if the list was scrolled. New ones above then do not move it. */
  anchor() {
    const from = scrollY - this.top();
    if (from <= 0 || !this.items.length) return null;
    const item = this.items[this.indexAt(from)];
    return item && { key: item.key, distance: from - this.offsets[this.indexAt(from)] };
  }

  restore(anchor) {
    if (!anchor || this.container.offsetParent === null) return;
    const index = this.items.findIndex((item) => item.key === anchor.key);
    if (index < 0) return;
    const wanted = this.top() + this.offsets[index] + anchor.distance;
    if (Math.abs(wanted - scrollY) > 1) scrollTo({ top: wanted, behavior: "instant" });
  }

  layOut() {
    const offsets = new Array(this.items.length + 1);
    offsets[0] = 0;
    this.items.forEach((item, index) => {
      offsets[index + 1] = offsets[index] + (this.heights.get(item.key) ?? this.estimate);
    });
    this.offsets = offsets;
    this.container.style.height = `${offsets.at(-1)}px`;
  }

  /** The index of the entry at this distance from the top of the list. */
  indexAt(distance) {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.offsets[middle + 1] <= distance) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, this.items.length - 1);
  }

  render() {
    if (this.container.offsetParent === null) return;
    const from = scrollY - this.top();
    const shown = new Set();
    let next = this.container.firstChild;
    const first = this.items.length ? this.indexAt(Math.max(0, from - MARGIN)) : 0;
    for (let index = first; index < this.items.length; index++) {
      if (this.offsets[index] > from + innerHeight + MARGIN) break;
      const item = this.items[index];
      shown.add(item.key);
      const row = this.row(item);
      row.element.style.top = `${this.offsets[index]}px`;
      row.element.setAttribute("aria-posinset", index + 1);
      row.element.setAttribute("aria-setsize", this.items.length);
      // Only what is at another place moves: an element that moves loses the focus.
      if (row.element === next) next = next.nextSibling;
      else this.container.insertBefore(row.element, next);
    }
    const kept = new Set(this.items.map((item) => item.key));
    for (const [key, row] of this.rows) {
      const isFocused = row.element.contains(document.activeElement) && kept.has(key);
      if (!shown.has(key) && !isFocused) {
        this.observer.unobserve(row.element);
        row.element.remove();
        this.rows.delete(key);
      }
    }
  }

  row(item) {
    let row = this.rows.get(item.key);
    if (!row) {
      row = this.create(item);
      row.element.tabIndex = -1;
      row.element.dataset.number = item.number;
      row.element.dataset.key = item.key;
      if (!this.isFirst && item.number > this.newest) row.element.classList.add("fresh");
      this.rows.set(item.key, row);
      this.observer.observe(row.element);
    }
    if (row.item !== item) {
      row.item = item;
      row.update(item);
    }
    return row;
  }

  measured(entries) {
    let changed = false;
    for (const { target } of entries) {
      const { key } = target.dataset;
      const height = target.offsetHeight;
      if (height && this.rows.has(key) && this.heights.get(key) !== height) {
        this.heights.set(key, height);
        changed = true;
      }
    }
    if (!changed) return;
    const anchor = this.anchor();
    this.layOut();
    this.restore(anchor);
    this.render();
  }

  tick() {
    for (const row of this.rows.values()) row.tick?.();
  }

  /** The item with the focus, or the newest. */
  current() {
    const key = document.activeElement?.closest("article")?.dataset.key;
    return this.items.find((item) => item.key === key) ?? this.items[0];
  }

  /** Moves the focus by so many entries. */
  move(by) {
    const key = document.activeElement?.closest("article")?.dataset.key;
    const current = this.items.findIndex((item) => item.key === key);
    const index = Math.max(0, Math.min(this.items.length - 1, current < 0 ? 0 : current + by));
    const item = this.items[index];
    if (!item) return;
    const start = this.top() + this.offsets[index] - 90;
    const end = this.top() + this.offsets[index + 1] - innerHeight + 20;
    if (scrollY > start) scrollTo({ top: start, behavior: "instant" });
    else if (scrollY < end) scrollTo({ top: end, behavior: "instant" });
    this.render();
    this.rows.get(item.key)?.element.focus({ preventScroll: true });
  }
}
