using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Planning;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea plan</c>: what a network would take, before anything is allocated.</summary>
internal sealed class PlanVerb : Verb
{
    public const string Line = "say what a network will take at a batch size, before it is tried: memory, kernels, time";
    private readonly Argument<string[]> _model;
    private readonly Option<int?> _batch, _classes, _threads;
    private readonly Option<TensorShape?> _input;
    private readonly Option<string?> _mode, _opt, _precision, _backend;
    private readonly Option<double?> _momentum;
    private readonly Option<bool> _steps, _json;
    private readonly ModelOptions _own = new();

    public PlanVerb() : base("plan", Line)
    {
        _model = WithArguments("MODEL", "a network ('fovea models' lists them)", 1);
        _batch = With(Opt.Int("--batch-size", "images in a batch; default 64", 1, 65_536));
        _mode = With(Opt.Choice("--mode", "train: forward, backward and update; infer: forward alone; default train", ["train", "infer"]));
        _opt = With(Opt.Choice("--opt", "optimizer, whose state takes memory; default sgd", [.. OptimizerList.Names]));
        _momentum = With(Opt.Number("--momentum", "of sgd; default 0.9, which has a state", x => x is >= 0 and < 1, "from 0 to below 1"));
        _classes = With(Opt.Int("--classes", "classes; default: the network's own", 2, 1_000_000));
        _input = With(Common.Input());
        _precision = With(Common.Precision());
        _backend = With(Common.Backend());
        _threads = With(Common.Threads());
        _steps = With(Opt.Flag("--steps", "list every step, and every copy of a parameter into another layout"));
        foreach (Option option in _own.All)
            With(option);
        _json = With(Common.Json());
    }

    public override string Usage => "MODEL [options]";

    public override IReadOnlyList<string> Examples => ["fovea plan alexnet --batch-size 64", "fovea plan resnet18 --mode infer --batch-size 1 --steps"];

    public override IReadOnlyList<string> Notes =>
    [
        "The arena is exact, the resident size right within 10 %. The time is an estimate, from kernels that are run for about a second:",
        "'fovea bench' measures.",
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] names = parsed.GetValue(_model)!;
        if (names.Length > 1)
            throw new UsageException($"'{names[1]}' is one argument too many. Usage: fovea plan {Usage}.");
        ModelSpec spec = Common.Model(names[0]);
        Architecture architecture = UsageException.Check(() => Architecture.Of(spec, parsed.GetValue(_classes), parsed.GetValue(_input), _own.Given(parsed)));
        RuntimeOptions runtime = new()
        {
            Backend = Common.BackendOf(parsed.GetValue(_backend)),
            Kernels = KernelChoices.Of(console),
            Precision = Common.PrecisionOf(parsed.GetValue(_precision)),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        };
        bool training = parsed.GetValue(_mode) != "infer";
        OptimizerSpec optimizer = OptimizerList.Find(parsed.GetValue(_opt) ?? "sgd");
        if (parsed.GetValue(_momentum) is not null && !optimizer.Options.Contains("momentum"))
            throw new UsageException($"--momentum does not go with --opt {optimizer.Name}. Leave it out.");
        PlanOptions options = new()
        {
            Batch = parsed.GetValue(_batch) ?? 64,
            Training = training,
            Loss = training ? new SoftmaxCrossEntropy() : null,
            Update = training ? optimizer.Create(new OptimizerSettings { Momentum = parsed.GetValue(_momentum) ?? 0.9 }) : null,
        };
        console.Progress.Show("calibrating");
        PlanJson plan = PlanReport.Make(ModelZoo.Build(architecture), options, runtime, parsed.GetValue(_steps));
        console.Progress.Clear();
        if (parsed.GetValue(_json))
            console.WriteJson(plan, CliJson.Default.PlanJson);
        else
            PlanText.Write(plan, console.Out);
        return ExitCode.Done;
    }
}
