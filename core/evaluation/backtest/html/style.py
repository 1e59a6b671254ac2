"""The look of the page: calm, in light and dark, from a phone to a wide screen."""

STYLE = """
:root{color-scheme:light dark;--paper:#f6f4ef;--card:#fffefb;--edge:#e6e2d9;--ink:#23222b;--muted:#6b6874;
--faint:#e4e0d7;
--grid:#ece8df;--blue:#2f62c4;--band:#2f62c424;--red:#b83a2a;--red-soft:#f6ddd8;--green:#24724e;--green-soft:#d9ecdf;
--amber:#a86a00;--amber-soft:#f7e6bf;--past:#8a869012}
@media (prefers-color-scheme:dark){:root{--paper:#17161b;--card:#1f1e24;--edge:#34323b;--ink:#eceaf1;--muted:#a5a1ae;
--faint:#34323b;--grid:#2c2a32;--blue:#8ab0ff;--band:#8ab0ff2e;--red:#ff9180;--red-soft:#4a2520;--green:#7fd1a4;
--green-soft:#1f3d2e;--amber:#f0bf5f;--amber-soft:#453511;--past:#ffffff0d}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:40px 20px 64px}
h1{font-size:clamp(1.35rem,1rem + 1.6vw,2rem);line-height:1.25;letter-spacing:-.015em;margin:.2em 0 .5em;
font-weight:650;
text-wrap:balance}
h2{font-size:1.15rem;margin:0;font-weight:650;letter-spacing:-.01em}
p{margin:.3em 0}
.walked,.said,.quiet-note,.response,.when,footer .how dd{color:var(--muted)}
.walked{font-size:.9rem;overflow-wrap:anywhere}
.said{margin:.1em 0 1em}
.goal{max-width:70ch}
section{background:var(--card);border:1px solid var(--edge);border-radius:14px;padding:22px 24px;margin-top:20px;
min-width:0}
.figures{display:grid;grid-template-columns:repeat(6,1fr);gap:1px;background:var(--edge);border:1px solid var(--edge);
border-radius:14px;overflow:hidden;margin:24px 0 0}
.figures div{background:var(--card);padding:14px 16px;display:flex;flex-direction:column}
.figures dt{order:2;font-size:.88rem}
.figures dd{margin:0;font-size:1.7rem;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums;
line-height:1.2}
.figures dd.detail{order:3;font-size:.78rem;font-weight:400;letter-spacing:0;color:var(--muted);line-height:1.35}
.scroll{overflow-x:auto;margin:0 -8px;padding:4px 8px 8px}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--blue);outline-offset:2px;border-radius:8px}
.scroll svg{display:block}
.tick{font-size:11px;fill:var(--muted)}
.cell{fill:var(--faint)}
.cell.quiet{fill:var(--faint)}
.cell.recorded{fill:var(--faint);stroke:var(--amber);stroke-opacity:.45;stroke-width:1.2}
.cell.notified{fill:var(--amber-soft);stroke:var(--amber);stroke-width:1.4}
.cell.right{fill:var(--green)}
.cell.wrong{fill:var(--red)}
.cell.unjudged{fill:var(--muted)}
.cell.silent{fill:var(--red-soft);stroke:var(--red);stroke-width:1.4}
.cell.ongoing{fill:var(--green-soft);stroke:var(--green);stroke-width:1.4}
.cell.empty{fill:none;stroke:var(--muted);stroke-opacity:.5;stroke-dasharray:2 2}
.glyph{fill:none;stroke:var(--card);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.glyph.silent{stroke:var(--red)}
.glyph.ongoing{stroke:var(--green);stroke-width:4}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:6px 20px;margin:14px 0 0;padding:0;font-size:.86rem;
color:var(--muted)}
.legend li{display:flex;align-items:center;gap:7px}
.legend b{color:var(--ink);font-weight:600}
.key{display:inline-block;width:16px;height:0;border-top:2px solid var(--blue)}
.key.objective{border-top:2px dashed var(--red)}
.key.kept,.key.lost{width:8px;height:8px;border:0;border-radius:50%;background:var(--ink)}
.key.lost{background:var(--red)}
.key.estimate{height:10px;border-top:0;background:linear-gradient(var(--band) 0 4px,var(--blue) 4px 6px,var(--band)
6px)}
.plot{display:grid;grid-template:1fr 22px/46px 1fr;min-width:0}
.plot .area{grid-area:1/2;min-width:0;position:relative}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.plot .ys{grid-area:1/1;position:relative;font-size:.75rem;color:var(--muted);font-variant-numeric:tabular-nums}
.plot .ys span{position:absolute;right:8px;transform:translateY(-50%)}
.plot .xs{grid-area:2/2;position:relative;font-size:.75rem;color:var(--muted)}
.plot .xs span{position:absolute;top:6px;white-space:nowrap;transform:translateX(-50%)}
.plot .xs span.first{transform:translateX(-2px)}
.plot .xs span.last{transform:translateX(-100%)}
.plot.tall{height:320px}
.plot.small{height:120px}
.plot.small .xs span:nth-child(even){display:none}
.plot path{vector-effect:non-scaling-stroke;fill:none}
.plot .grid{stroke:var(--grid);stroke-width:1}
.plot .interval{fill:var(--band);stroke:none}
.plot .past{fill:var(--past);stroke:none}
.plot .estimate{stroke:var(--blue);stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
.plot .objective{stroke:var(--red);stroke-width:1.4;stroke-dasharray:6 5}
.plot .dots{stroke-linecap:round;stroke-width:5}
.plot .kept{stroke:var(--ink);stroke-opacity:.72}
.plot .lost{stroke:var(--red);stroke-width:7}
.plot .fired{stroke:var(--amber);stroke-width:8}
.plot .page{stroke-width:5;stroke-opacity:.28}
.plot .page.right{stroke:var(--green)}
.plot .page.wrong{stroke:var(--red)}
.plot .page.unjudged{stroke:var(--muted)}
summary{cursor:pointer;list-style:none;display:flex;align-items:baseline;gap:10px}
summary::-webkit-details-marker{display:none}
summary::before{content:"›";color:var(--muted);width:.7em;transition:transform .15s}
details[open]>summary::before{transform:rotate(90deg) translateX(2px)}
summary span{color:var(--muted);font-size:.88rem}
.month{border-top:1px solid var(--edge);padding:10px 0}
.month:first-of-type{border-top:0}
.window{margin:10px 0 10px 1.1em;padding:2px 0 2px 14px;border-left:3px solid var(--edge)}
.window.right{border-color:var(--green)}
.window.wrong,.window.silent{border-color:var(--red)}
.window.notified{border-color:var(--amber)}
.window header{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:baseline}
.window time{font-weight:650;font-variant-numeric:tabular-nums}
.window footer{font-size:.86rem;color:var(--muted)}
.when{font-size:.82rem}
.message{margin:6px 0}
.message p{max-width:75ch;overflow-wrap:anywhere}
.lead{display:flex;flex-wrap:wrap;gap:2px 8px;align-items:baseline}
.lead i{font-style:normal;color:var(--muted);font-size:.88rem}
.response{font-size:.88rem}
.badge{font-size:.74rem;font-weight:650;padding:1px 8px;border-radius:99px;border:1px solid currentColor;
white-space:nowrap}
.badge.page,.badge.wrong,.badge.silent{color:var(--red);background:var(--red-soft)}
.badge.notify{color:var(--amber);background:var(--amber-soft)}
.badge.right{color:var(--green);background:var(--green-soft)}
.badge.unjudged{color:var(--muted)}
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:26px 28px}
figure{margin:0;min-width:0}
figcaption{display:flex;flex-direction:column;margin-bottom:8px}
figcaption b{overflow-wrap:anywhere}
figcaption span{font-size:.78rem;color:var(--muted)}
table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums;width:100%;margin-top:14px}
th,td{text-align:right;padding:5px 10px;border-bottom:1px solid var(--edge);white-space:nowrap;font-weight:400}
thead th{color:var(--muted)}
tbody th,thead th:first-child,td:nth-child(3),thead th:nth-child(3){text-align:left}
.foot{display:grid;grid-template-columns:1fr 1fr;gap:0 20px;align-items:start}
.foot ul{margin:10px 0 0;padding-left:1.1em}
.foot li{margin:.35em 0;overflow-wrap:anywhere}
.how{margin:10px 0 0}
.how dt{font-weight:650}
.how dd{margin:0 0 .7em}
@media (max-width:900px){.figures{grid-template-columns:repeat(3,1fr)}.foot{grid-template-columns:1fr}}
@media (max-width:520px){main{padding:24px 12px 40px}section{padding:18px 16px;border-radius:12px}
.figures{grid-template-columns:repeat(2,1fr)}.plot.tall{height:240px}.window{margin-left:0}
.plot.tall .xs span:nth-child(even){display:none}}
@media print{body{background:#fff}section{break-inside:avoid}}
"""
"""CSS; colours are named once, and the dark ones replace them where the reader's screen is dark."""
