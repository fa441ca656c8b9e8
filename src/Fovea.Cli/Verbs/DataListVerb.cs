using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Data;
using Fovea.Data.Catalog;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea data list</c>: the data sets that are known by name, and where they are.</summary>
internal sealed class DataListVerb : Verb
{
    public const string Line = "list the data sets that are known by name, and where they were found or how to get them";
    private readonly Option<string?> _dataDir;
    private readonly Option<bool> _json;

    public DataListVerb() : base("data list", Line)
    {
        _dataDir = With(Common.DataDir());
        _json = With(Common.Json());
    }

    public override string Usage => "[options]";

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string? folder = parsed.GetValue(_dataDir);
        DataSetJson[] sets = [.. DatasetCatalog.BuiltIn.Select(d => Describe(d, DatasetPlaces.Find(d, folder)))];
        if (parsed.GetValue(_json))
        {
            console.WriteJson(sets, CliJson.Default.DataSetJsonArray);
            return ExitCode.Done;
        }
        Table table = new("name", "what", ">classes", ">train", ">test", "where");
        foreach (DataSetJson set in sets)
            table.Row(set.Name, set.Summary, Format.Count(set.Classes), Format.Count(set.Train), Format.Count(set.Test), set.Folder ?? "not found");
        table.Write(console.Out);
        foreach (DataSetJson set in sets.Where(s => s.Folder is null))
        {
            console.Out.WriteLine();
            console.Out.WriteLine($"{set.Name}: {set.HowToGet}");
        }
        console.Out.WriteLine();
        console.Out.WriteLine("Photographs of your own: give --data a folder with train/<class>/* and val/<class>/*, train_<class>/* and "
            + "test_<class>/*, or <class>/*.");
        return ExitCode.Done;
    }

    private static DataSetJson Describe(BuiltInDataset set, string? folder) =>
        new(set.Name, set.Summary, set.Classes.Count, set.Published.Train, set.Published.Test, folder, folder is null ? set.HowToGet : null);
}
