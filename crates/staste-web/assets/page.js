// What only a script can do: pages that run look for what changed every few seconds, charts tell their numbers
// at once where the pointer is, and a form of one field is sent when it was chosen from.
"use strict";
(() => {
  const every = 5000;
  const focusable = "a,summary,button";
  let timer = 0;

  // Puts the parts that changed in place of the old ones; what was unfolded stays so.
  const refresh = async () => {
    const headers = { accept: "text/html", "staste-look": "1" };
    const response = await fetch(location.href, { cache: "no-cache", headers });
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const parts = (of) => [...of.querySelectorAll("[data-part]")].map((part) => part.dataset.part).join();
    if (parts(page) !== parts(document)) {
      // Others came or went.
      document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
      return;
    }
    for (const fresh of page.querySelectorAll("[data-part]")) {
      const old = document.querySelector(`[data-part="${CSS.escape(fresh.dataset.part)}"]`);
      const active = old?.contains(document.activeElement) ? document.activeElement : null;
      // What is being filled in stays.
      if (!old || active?.matches("input,select")) continue;
      const open = new Set([...old.querySelectorAll("details[open]")].map((details) => details.closest("[id]")?.id));
      const before = old.cloneNode(true);
      for (const details of before.querySelectorAll("details[open]")) details.removeAttribute("open");
      if (before.innerHTML === fresh.innerHTML) continue;
      for (const details of fresh.querySelectorAll("details")) {
        if (open.has(details.closest("[id]")?.id)) details.open = true;
      }
      const place = [...old.querySelectorAll(focusable)].indexOf(active);
      old.replaceWith(document.adoptNode(fresh));
      if (active) fresh.querySelectorAll(focusable)[place]?.focus({ preventScroll: true });
    }
  };

  const next = () => {
    clearTimeout(timer);
    if (document.hidden || !document.body.hasAttribute("data-live")) return;
    timer = setTimeout(look, every);
  };
  // What can no longer be asked is said to be old.
  const look = () =>
    refresh()
      .then(() => delete document.body.dataset.old)
      .catch(() => (document.body.dataset.old ??= `Not updated since ${new Date().toLocaleTimeString()}`))
      .finally(next);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (document.body.hasAttribute("data-live")) look();
  });
  next();

  // Hours can be shown in the zone of the reader.
  const zone = document.querySelector("[data-zone]");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && own && own !== zone.dataset.zone) {
    const address = new URL(location.href);
    address.searchParams.set("times", own);
    const link = document.createElement("a");
    link.href = address.href;
    link.textContent = `hours in ${own}`;
    zone.append(" ", link);
  }

  // The title of what is pointed at, without the wait of the browser's own.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  let told = null;
  const hide = () => {
    if (told) told.element.prepend(told.title);
    told = null;
    tip.classList.remove("on");
  };
  document.addEventListener("pointerover", (event) => {
    let element = event.target.closest?.(".staste *");
    if (told && told.element.contains(element)) return;
    let title = null;
    while (element && element.tagName !== "svg" && !title) {
      title = [...element.children].find((child) => child.tagName === "title") ?? null;
      if (!title) element = element.parentElement;
    }
    hide();
    if (!title) return;
    // The browser would show its own as well.
    title.remove();
    told = { element, title };
    tip.textContent = title.textContent;
    tip.classList.add("on");
  });
  document.addEventListener("pointermove", (event) => {
    if (!told) return;
    const box = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const y = event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 18;
    tip.style.transform = `translate(${Math.max(8, x)}px,${Math.max(8, y)}px)`;
  });
  document.addEventListener("pointerdown", hide);

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-send]");
    if (form) form.requestSubmit();
  });
})();
