# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an HTML report looks, and how it is searched: what is the same in each of them."""

from __future__ import annotations

STYLE = """
:root {
  --page: #f6f7f9; --card: #fff; --text: #1c2733; --soft: #56636f; --line: #d8dee4;
  --bad: #b3261e; --odd: #8a5a00; --good: #1b6e3c; --calm: #4a6078; --code: #eef1f4; --mark: #ffe3b3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12171c; --card: #1b2228; --text: #e4e9ee; --soft: #a3b0bc; --line: #33404b;
    --bad: #ff8a80; --odd: #ffc766; --good: #7fd8a0; --calm: #9fb8d0; --code: #242d35; --mark: #5a4310;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
header { border-bottom: 4px solid var(--line); }
header.clean { border-color: var(--good); } header.clean h1 { color: var(--good); }
header.drift, header.error { border-color: var(--bad); } header.drift h1, header.error h1 { color: var(--bad); }
header.unknown { border-color: var(--odd); } header.unknown h1 { color: var(--odd); }
h1 { margin: 0; font-size: 2.2rem; line-height: 1.2; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.3rem; }
h3 { margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
h4 { margin: 0; font-size: .8rem; font-weight: 600; color: var(--soft); }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.title, .about { color: var(--soft); }
.counts { display: flex; flex-wrap: wrap; gap: .6rem; }
.counts div { flex: 1 1 12rem; } .counts .none { flex: 0 0 auto; order: 2; padding: .2rem .7rem; }
.counts::after { content: ""; order: 1; flex: 0 0 100%; margin-top: -.6rem; }
.counts div, article { background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
.counts div, article { padding: .7rem .9rem; }
.counts b { font-size: 1.6rem; } .counts small { display: block; color: var(--soft); }
.counts .none b { color: var(--soft); font-size: 1rem; } .counts .none small { display: none; }
.counts .bad b { color: var(--bad); } .counts .odd b { color: var(--odd); } .counts .calm b { color: var(--calm); }
form { position: sticky; top: 0; z-index: 1; background: var(--page); }
form { display: flex; flex-wrap: wrap; gap: .6rem; padding: .6rem 0; }
form[hidden], article[hidden] { display: none; }
label { display: flex; flex-direction: column; font-size: .8rem; color: var(--soft); flex: 1 1 9rem; min-width: 0; }
input, select { width: 100%; font: inherit; padding: .4rem; color: var(--text); background: var(--card);
  border: 1px solid var(--soft); border-radius: 4px; }
output { align-self: end; color: var(--soft); padding: .4rem 0; }
article { margin: .6rem 0; border-left-width: 5px; content-visibility: auto; contain-intrinsic-size: auto 12rem; }
article.bad { border-left-color: var(--bad); } article.odd { border-left-color: var(--odd); }
article.calm { border-left-color: var(--calm); }
.tag { font-size: .8rem; font-weight: 600; border: 1px solid currentColor; border-radius: 4px; padding: 0 .4rem; }
.bad .tag { color: var(--bad); } .odd .tag { color: var(--odd); } .calm .tag { color: var(--calm); }
.accepted { color: var(--calm); }
.values { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: .6rem; }
.values > div { min-width: 0; }
pre { margin: 0; padding: .4rem .6rem; background: var(--code); border-radius: 4px; white-space: pre-wrap;
  overflow-wrap: anywhere; max-height: 20rem; overflow-y: auto; font-size: .85rem; }
mark { background: var(--mark); color: inherit; font-weight: 600; }
details { margin-top: .4rem; } summary { cursor: pointer; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem .8rem; margin: .4rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .85rem; }
li { overflow-wrap: anywhere; }
td { padding: .1rem .8rem .1rem 0; overflow-wrap: anywhere; }
@media print { form { display: none; } }
"""

SCRIPT = """
const form = document.getElementById("filter");
if (form) {
  const rows = [...document.querySelectorAll("article")].map(row => [row, row.textContent.toLowerCase()]);
  const show = () => {
    const words = form.elements.text.value.toLowerCase().split(/\\s+/);
    let count = 0;
    for (const [row, text] of rows) {
      const fits = ["category", "kind", "host"].every(name =>
        !form.elements[name].value || row.dataset[name] === form.elements[name].value);
      row.hidden = !(fits && words.every(word => text.includes(word)));
      count += !row.hidden;
    }
    document.getElementById("count").value = count + " of " + rows.length + " findings";
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  show();
}
"""
