(() => {
  const wide = matchMedia("(min-width: 64rem)");
  const panel = () => document.getElementById("source");
  let about = null; // what the panel says while no source is open
  let opener = null; // the link that opened the source, to give the focus back to

  function open(link, focus) {
    const source = document.getElementById(link.dataset.source), shown = panel()?.querySelector(".shown");
    if (!source || !shown) return;
    about ??= shown.innerHTML;
    shown.innerHTML = source.innerHTML;
    panel().classList.add("open");
    panel().scrollTop = 0;
    opener = link;
    for (const other of document.querySelectorAll("[data-source]"))
      other.classList.toggle("open", other.dataset.source === link.dataset.source);
    if (focus) panel().focus({ preventScroll: true });
  }

  function close() {
    if (!panel()?.classList.contains("open")) return;
    panel().classList.remove("open");
    if (about !== null) panel().querySelector(".shown").innerHTML = about;
    for (const link of document.querySelectorAll("[data-source].open")) link.classList.remove("open");
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  }

  async function copy(button) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      button.textContent = "The browser does not allow copying here";
    }
    setTimeout(() => { button.textContent = before; }, 1800);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-source]");
    if (link) {
      event.preventDefault();
      open(link, true);
    } else if (event.target.closest?.("[data-close]")) close();
    else if (event.target.closest?.("[data-copy]")) copy(event.target.closest("[data-copy]"));
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("toggle", (event) => { // toggle does not bubble: caught on the way down
    const mark = event.target.open && event.target.matches?.(".panel .whole") && event.target.querySelector("mark");
    if (mark) // not scrollIntoView: it would move the chat as well
      panel().scrollTop += mark.getBoundingClientRect().top - panel().getBoundingClientRect().top - panel().clientHeight / 3;
  }, true);

  let last = ""; // turn and state shown when the page was last looked at
  function look() {
    const live = document.getElementById("live"), turn = live?.querySelector(".turn");
    if (!turn) return;
    const { state } = turn.dataset, now = `${turn.dataset.turn} ${state}`;
    live.setAttribute("aria-live", "polite");
    live.setAttribute("aria-busy", String(state === "waiting" || state === "writing"));
    const fresh = now !== last;
    last = now;
    if (fresh && state === "waiting") close();
    if (fresh && state === "answered" && wide.matches) {
      const first = turn.querySelector("a.cite");
      if (first) open(first, false);
    }
    const room = document.getElementById("composer")?.offsetHeight ?? 0;
    const low = turn.getBoundingClientRect().bottom > innerHeight - room;
    if (fresh || low) { // the question stays in sight even when its answer is longer than the window
      const rest = turn.getBoundingClientRect();
      scrollBy(0, Math.min(rest.bottom - innerHeight + room, rest.top - 16));
    }
  }

  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
