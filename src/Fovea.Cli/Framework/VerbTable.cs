using Fovea.Cli.Verbs;

namespace Fovea.Cli.Framework;

/// <summary>A verb of the table: its line in the help, and how it is made once it is wanted.</summary>
/// <param name="Path">"train", "data list".</param>
/// <param name="Summary">Its line in the help.</param>
/// <param name="Create">Makes it.</param>
internal sealed record VerbEntry(string Path, string Summary, Func<Verb> Create);

/// <summary>The verbs: one explicit list.</summary>
internal static class VerbTable
{
    /// <summary>Every verb, in the order in which it is shown.</summary>
    public static IReadOnlyList<VerbEntry> All { get; } =
    [
        new("demo", DemoVerb.Line, () => new DemoVerb()),
        new("models", ModelsVerb.Line, () => new ModelsVerb()),
        new("summary", SummaryVerb.Line, () => new SummaryVerb()),
        new("data list", DataListVerb.Line, () => new DataListVerb()),
        new("data get", DataGetVerb.Line, () => new DataGetVerb()),
        new("data inspect", DataInspectVerb.Line, () => new DataInspectVerb()),
        new("data preview", DataPreviewVerb.Line, () => new DataPreviewVerb()),
        new("train", TrainVerb.Line, () => new TrainVerb()),
        new("recipes", RecipesVerb.Line, () => new RecipesVerb()),
        new("lr-find", LrFindVerb.Line, () => new LrFindVerb()),
        new("eval", EvalVerb.Line, () => new EvalVerb()),
        new("predict", PredictVerb.Line, () => new PredictVerb()),
        new("runs", RunsVerb.Line, () => new RunsVerb()),
        new("compare", CompareVerb.Line, () => new CompareVerb()),
        new("import", ImportVerb.Line, () => new ImportVerb()),
        new("export", ExportVerb.Line, () => new ExportVerb()),
        new("plan", PlanVerb.Line, () => new PlanVerb()),
        new("tune", TuneVerb.Line, () => new TuneVerb()),
        new("bench", BenchVerb.Line, () => new BenchVerb()),
        new("doctor", DoctorVerb.Line, () => new DoctorVerb()),
    ];

    /// <summary>Verbs that are planned and that this version does not have.</summary>
    public static IReadOnlyList<string> Later { get; } =
        ["explain", "serve"];
}
