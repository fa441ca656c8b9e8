namespace Fovea.Training;

/// <summary>Pieces of a page in one file, without network.</summary>
internal static class Html
{
    /// <summary>Text as it may stand in an element or an attribute.</summary>
    public static string Text(string text) => System.Net.WebUtility.HtmlEncode(text);

    /// <summary>An image file as an address that holds it.</summary>
    public static string Picture(byte[] file) => $"data:image/{(file is [0xff, ..] ? "jpeg" : "png")};base64,{Convert.ToBase64String(file)}";

    /// <summary>A table: headings, then rows of cells that are HTML already. Columns whose heading begins with '&lt;' hold text.</summary>
    public static string Table(IEnumerable<string> headings, IEnumerable<IEnumerable<string>> rows, string kind = "")
    {
        string[] names = [.. headings];
        string Class(int column) => names[column].StartsWith('<') ? " class=\"l\"" : "";
        string head = string.Concat(names.Select((h, i) => $"<th{Class(i)}>{Text(h.TrimStart('<'))}</th>"));
        string body = string.Concat(rows.Select(row => $"<tr>{string.Concat(row.Select((cell, i) => $"<td{Class(i)}>{cell}</td>"))}</tr>\n"));
        return $"<div class=\"scroll\"><table class=\"{kind}\"><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>";
    }

    /// <summary>Names with what they stand for.</summary>
    public static string List(IEnumerable<(string Name, string Value)> entries) =>
        $"<div class=\"panel\"><dl>{string.Concat(entries.Select(e => $"<dt>{Text(e.Name)}</dt><dd>{Text(e.Value)}</dd>\n"))}</dl></div>";

    /// <summary>The large figures at the head of a page.</summary>
    public static string Figures(IEnumerable<(string Value, string What)> figures) =>
        $"<div class=\"figures\">{string.Concat(figures.Select(f => $"<div class=\"figure\"><b>{Text(f.Value)}</b><span>{Text(f.What)}</span></div>\n"))}</div>";

    /// <summary>A folder by its own name, anything else as it is: what stands in a heading.</summary>
    public static string ShortName(string data) => Path.GetFileName(Path.TrimEndingDirectorySeparator(data)) is { Length: > 0 } name ? name : data;

    /// <summary>A drawing that is shown in a size in which its writing can be read, and is scrolled where that is too large.</summary>
    public static string Wide(string drawing) => $"<div class=\"panel wide\">{drawing}</div>";

    /// <summary>A whole page.</summary>
    public static string Page(string title, string body) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Text(title)}</title>
        <style>{Style}
        {ChartStyle.Css("svg.chart ")}
        </style>
        </head>
        <body>
        <main>
        {body}
        </main>
        </body>
        </html>

        """;

    private const string Style = """

        :root { --ground: #f7f7f5; --panel: #ffffff; --ink: #23262b; --soft: #6a7079; --line: #e3e4e1; --good: #2f7d4f; --bad: #b3403a; --warm: #9a6a0a; --bar: #2f6fb0; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #16181b; --panel: #1f2226; --ink: #e8e9eb; --soft: #9aa0a8; --line: #33373d; --good: #71c492; --bad: #e88a82; --warm: #d9bd52; --bar: #7ab3e8; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
        main { max-width: 1060px; margin: 0 auto; padding: 36px 20px 72px; }
        h1 { font-size: 27px; line-height: 1.25; font-weight: 650; margin: 0 0 6px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
        h2 { font-size: 17px; font-weight: 650; margin: 40px 0 12px; }
        p { margin: 0 0 12px; } p.lead { color: var(--soft); margin: 0 0 22px; overflow-wrap: anywhere; } p.note { color: var(--soft); font-size: 14px; max-width: 76ch; }
        .state { display: inline-block; padding: 1px 10px; border-radius: 99px; border: 1px solid; font-size: 13px; font-weight: 600; margin-right: 8px; }
        .good { color: var(--good); } .bad { color: var(--bad); } .warm { color: var(--warm); }
        .alert { border-left: 4px solid var(--bad); background: var(--panel); padding: 10px 14px; border-radius: 0 8px 8px 0; margin: 0 0 18px; overflow-wrap: anywhere; }
        .alert p { margin: 8px 0 0; } code { font-size: 0.92em; }
        .alert.warm { border-color: var(--warm); color: inherit; }
        .figures { display: flex; flex-wrap: wrap; gap: 12px; } .figure { flex: 1 1 120px; } .figure:first-child { flex: 2 1 240px; }
        .figure, .panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 13px 16px; }
        .figure b { display: block; white-space: nowrap; font-size: 23px; line-height: 1.3; font-weight: 650; font-variant-numeric: tabular-nums; }
        .figure span { color: var(--soft); font-size: 13px; line-height: 1.35; display: block; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 12px; }
        .charts .panel { padding: 6px 6px 2px; }
        svg { display: block; width: 100%; height: auto; margin: 0 auto; }
        .wide { overflow-x: auto; }
        .scroll { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 4px 8px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; width: 100%; }
        th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        tbody tr:last-child td { border-bottom: 0; } th { font-weight: 600; color: var(--soft); font-size: 13px; }
        th:first-child, td:first-child { text-align: left; } table.text th, table.text td, th.l, td.l { text-align: left; }
        td .why { display: block; min-width: 24ch; white-space: normal; overflow-wrap: anywhere; } svg.key { display: inline-block; width: 22px; height: 10px; margin-right: 8px; }
        .bar { display: inline-block; vertical-align: middle; width: 72px; height: 6px; border-radius: 3px; background: var(--line); margin-left: 8px; overflow: hidden; }
        .bar i { display: block; height: 100%; background: var(--bar); }
        details > summary { cursor: pointer; color: var(--soft); font-size: 14px; margin: 12px 0 8px; }
        .sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; }
        figure { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
        figure .picture { display: flex; aspect-ratio: 1; background: #0c0d0e; align-items: center; justify-content: center; }
        figure img { width: 100%; height: 100%; object-fit: contain; } figure img.small { image-rendering: pixelated; }
        figure .gone { color: #9aa0a8; font-size: 13px; padding: 8px; text-align: center; }
        figcaption { padding: 7px 9px 9px; font-size: 12.5px; line-height: 1.35; letter-spacing: -0.01em; } figcaption b { display: block; font-weight: 600; }
        figcaption { overflow-wrap: anywhere; } figcaption span { display: block; } figcaption .soft { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 20px; margin: 0; font-size: 14px; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
        """;
}
