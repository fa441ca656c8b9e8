using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Engine;
using Fovea.Models;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea models</c>: the zoo, with its numbers computed.</summary>
internal sealed class ModelsVerb : Verb
{
    public const string Line = "list the networks with their inputs, parameters and arithmetic";
    private readonly Option<bool> _json;

    public ModelsVerb() : base("models", Line) => _json = With(Common.Json());

    public override string Usage => "[options]";

    public override int Run(ParseResult parsed, CliConsole console)
    {
        (ModelSpec Spec, Graph Graph)[] models = [.. ModelZoo.All.Select(spec => (spec, ModelZoo.Build(Architecture.Of(spec))))];
        if (parsed.GetValue(_json))
        {
            console.WriteJson([.. models.Select(m =>
                new ModelJson(m.Spec.Name, m.Spec.Input.Dims, m.Spec.Classes, m.Graph.ParameterCount, m.Graph.Macs))],
                CliJson.Default.ModelJsonArray);
            return ExitCode.Done;
        }
        Table table = new("name", ">input", ">classes", ">parameters", ">MACs", "what");
        foreach ((ModelSpec spec, Graph graph) in models)
            table.Row(spec.Name, spec.Input.ToString(), Format.Count(spec.Classes), Format.Count(graph.ParameterCount), Format.Count(graph.Macs),
                spec.Summary);
        table.Write(console.Out);
        return ExitCode.Done;
    }
}
