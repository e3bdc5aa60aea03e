'use strict';
(() => {
  const root = document.documentElement;
  const links = [...document.querySelectorAll('nav a')];
  const articles = new Map([...document.querySelectorAll('article')].map((article) => [article.id, article]));
  const all = document.getElementById('all');
  let stop = () => {};

  // One section at a time, led by the graph.

  function select(id, scroll) {
    const article = articles.get(id);
    if (!article) return;
    stop();
    for (const [name, other] of articles) other.classList.toggle('shown-now', name === id);
    for (const link of links) {
      const chosen = link.hash === '#' + id;
      link.closest('.row').classList.toggle('selected', chosen);
      if (chosen) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
      if (chosen) {
        for (let fold = link.closest('li'); fold; fold = fold.parentElement.closest('li')) {
          const details = fold.firstElementChild;
          if (details.tagName === 'DETAILS' && !details.firstElementChild.contains(link)) details.open = true;
        }
        if (scroll) link.scrollIntoView({ block: 'nearest' });
      }
    }
    if (!root.classList.contains('everything')) window.scrollTo(0, 0);
    else article.scrollIntoView();
  }

  function go(id) {
    select(id, true);
    history.replaceState(null, '', '#' + id);
  }

  const chosen = () => links.findIndex((link) => link.hasAttribute('aria-current'));
  const seen = (link) => link.getClientRects().length > 0;

  function move(step) {
    for (let index = chosen() + step; index >= 0 && index < links.length; index += step) {
      if (seen(links[index])) return go(links[index].hash.slice(1));
    }
  }

  function fold(open) {
    const link = links[chosen()];
    const summary = link && link.closest('summary');
    if (summary) summary.parentElement.open = open;
  }

  function showAll() {
    const every = root.classList.toggle('everything');
    all.textContent = every ? 'show one' : 'show all';
  }

  // A response at the pace at which it came.

  function play(pane) {
    stop();
    const button = pane.querySelector('.play');
    const head = pane.querySelector('.playhead');
    const length = Number(pane.querySelector('.timeline').dataset.length);
    const parts = [...pane.querySelectorAll('[data-pace]')].map((element) => {
      const live = element.appendChild(document.createElement('pre'));
      live.className = 'live';
      return {
        element,
        live,
        raw: Array.from(element.dataset.raw),
        deltas: element.dataset.pace.split(';').map((delta) => delta.split(',').map(Number)),
        next: 0,
        shown: 0,
      };
    });
    const label = button.textContent;
    let frame = 0;
    let begin;
    // What is below stays where it is.
    pane.style.minHeight = pane.offsetHeight + 'px';
    pane.classList.add('playing');
    for (const part of parts) part.element.classList.add('awaited');
    button.textContent = '■ stop';
    stop = () => {
      cancelAnimationFrame(frame);
      pane.classList.remove('playing');
      pane.style.minHeight = '';
      button.textContent = label;
      for (const part of parts) {
        part.live.remove();
        part.element.classList.remove('awaited');
      }
      stop = () => {};
    };
    const draw = (now) => {
      begin ??= now;
      const time = now - begin;
      for (const part of parts) {
        const before = part.next;
        while (part.next < part.deltas.length && part.deltas[part.next][0] <= time) {
          part.shown += part.deltas[part.next][1];
          part.next += 1;
        }
        if (part.next === before) continue;
        part.element.classList.remove('awaited');
        part.live.textContent = part.raw.slice(0, part.shown).join('');
      }
      const place = Math.min(time / length, 1) * head.ownerSVGElement.viewBox.baseVal.width;
      head.setAttribute('x1', place);
      head.setAttribute('x2', place);
      if (time >= length) stop();
      else frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
  }

  function togglePlay() {
    const pane = document.querySelector('article.shown-now .play')?.closest('.pane');
    if (!pane) return;
    if (pane.classList.contains('playing')) stop();
    else play(pane);
  }

  const keys = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    ArrowLeft: () => fold(false), ArrowRight: () => fold(true), p: togglePlay, a: showAll,
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  for (const button of document.querySelectorAll('.play')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const pane = button.closest('.pane');
      if (pane.classList.contains('playing')) stop();
      else play(pane);
    });
  }
  all.hidden = false;
  all.title = 'a';
  all.addEventListener('click', showAll);
  window.addEventListener('hashchange', () => select(location.hash.slice(1), true));
  root.classList.add('js');
  select(articles.has(location.hash.slice(1)) ? location.hash.slice(1) : (links[1] || links[0]).hash.slice(1), true);
})();
