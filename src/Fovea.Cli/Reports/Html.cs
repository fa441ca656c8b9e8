namespace Fovea.Cli.Reports;

/// <summary>Pieces of a page in one file, without network.</summary>
internal static class Html
{
    /// <summary>Text as it may stand in an element or an attribute.</summary>
    public static string Text(string text) => System.Net.WebUtility.HtmlEncode(text);

    /// <summary>A PNG file as an address that holds it.</summary>
    public static string Png(byte[] file) => $"data:image/png;base64,{Convert.ToBase64String(file)}";

    /// <summary>A whole page.</summary>
    public static string Page(string title, string body) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Text(title)}</title>
        <style>{Style}</style>
        </head>
        <body>
        <main>
        {body}
        </main>
        </body>
        </html>

        """;

    private const string Style = """

        :root { --ground: #fbfbfa; --panel: #ffffff; --ink: #23262b; --soft: #6a7079; --line: #e3e4e1; --a: #2f6fb0; --b: #c2702e; --good: #2f7d4f; --bad: #b3403a; --heat: 47, 111, 176; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #17191c; --panel: #1f2226; --ink: #e4e5e7; --soft: #9aa0a8; --line: #33373d; --a: #78aee0; --b: #e0a064; --good: #6fbf8d; --bad: #e08078; --heat: 120, 174, 224; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 1000px; margin: 0 auto; padding: 32px 20px 64px; }
        h1 { font-size: 26px; font-weight: 600; margin: 0 0 4px; }
        h2 { font-size: 17px; font-weight: 600; margin: 36px 0 12px; }
        p.lead { color: var(--soft); margin: 0 0 24px; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
        .figure, .panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
        .figure b { display: block; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .figure span { color: var(--soft); font-size: 13px; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 12px; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
        svg .title { fill: var(--ink); font-size: 13px; font-weight: 600; }
        svg .grid { stroke: var(--line); }
        svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        svg .curve.a { stroke: var(--a); } svg .curve.b { stroke: var(--b); }
        svg .dot.a, svg .key.a { fill: var(--a); } svg .dot.b, svg .key.b { fill: var(--b); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
        th, td { padding: 4px 9px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { font-weight: 600; color: var(--soft); }
        th:first-child, td:first-child { text-align: left; }
        table.matrix td:not(:first-child) { text-align: center; min-width: 46px; border: 1px solid var(--line); }
        table.matrix td.zero { color: var(--soft); }
        table.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: 9px 4px; }
        .samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 12px; }
        .sample img { width: 100%; image-rendering: pixelated; border-radius: 4px; background: #000; }
        .sample .right { color: var(--good); } .sample .wrong { color: var(--bad); }
        .sample ol { margin: 6px 0 0; padding: 0; list-style: none; font-size: 13px; color: var(--soft); }
        .sample li { display: flex; justify-content: space-between; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 0; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }

        """;
}
