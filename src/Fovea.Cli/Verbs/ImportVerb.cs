using System.CommandLine;
using System.Globalization;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Runs;
using Fovea.Cli.Text;
using Fovea.Engine;
using Fovea.Kernels;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea import</c>: makes a model file of weights from elsewhere.</summary>
internal sealed class ImportVerb : Verb
{
    public const string Line = "make a model of PyTorch's weights (.pth, .pt, .safetensors); nothing in the file is run";
    private readonly Argument<string[]> _file;
    private readonly Option<string?> _model, _output, _preprocess, _names;
    private readonly Option<int?> _classes;
    private readonly Option<ulong?> _seed;
    private readonly Option<TensorShape?> _input;
    private readonly ModelOptions _own = new();
    private readonly Option<bool> _json;

    public ImportVerb() : base("import", Line)
    {
        _file = WithArguments("FILE", "a state dict that torch.save wrote (bare, or inside a checkpoint), or a safetensors file", 1);
        _model = With(Opt.Text("--model", "M", "the network whose weights they are ('fovea models' lists them)"));
        _output = With(Opt.Text("-o", "OUT", "the model file to write"));
        _classes = With(Opt.Int("--classes", "outputs of the network; where the file's last layer has another number, "
            + "the others are kept and that one is made anew", 2, 1_000_000));
        _names = With(Opt.Text("--class-names", "FILE", "a text file with the classes' names, one on a line; default: their numbers"));
        _preprocess = With(Opt.Text("--preprocess", "torchvision|caffe|inception|FILE.json", "how pictures are prepared, as the weights were trained: see below; default: the "
            + "network's own"));
        _input = With(Common.Input());
        _seed = With(Opt.Seed("--seed", "seed of a new last layer; default 0"));
        foreach (Option option in _own.All)
            With(option);
        _json = With(Common.Json());
    }

    public override string Usage => "FILE --model M -o OUT [options]";

    public override IReadOnlyList<string> Examples =>
    [
        "fovea import alexnet-owt-7be5be79.pth --model alexnet-torchvision -o alexnet.safetensors",
        "fovea import alexnet-owt-7be5be79.pth --model alexnet-torchvision --classes 2 -o start.safetensors",
        "fovea import squeezenet.safetensors --model squeezenet1_0 --input 3x227x227 --preprocess caffe --conv10-padding 1 -o squeezenet-caffe.safetensors",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Preparing pictures (for an input of 224; others in proportion). It is kept in the model and used by predict, eval and train:",
        "  torchvision  resize(256) center-crop(224); red, green, blue from 0 to 1, less 0.485, 0.456, 0.406, divided by 0.229, 0.224, 0.225",
        "  caffe        resize(256x256,bicubic) center-crop(224); blue, green, red from 0 to 255, less 104, 117, 123",
        "  FILE.json    an object of mean, std, scale, reverseChannels, evalTransform, trainTransform; what it leaves out is the network's own",
        "A file that does not fit lists every tensor that is missing, left over or of another shape, and the network that it would fit.",
        "A whole saved module or a TorchScript program is not run: the message has the two lines of Python that keep its weights.",
    ];

    /// <summary>The output, which must not be what is read.</summary>
    public static string OutputOf(string? output, string input)
    {
        if (output is null)
            throw new UsageException("-o is missing: the file to write.");
        return Path.GetFullPath(output) != Path.GetFullPath(input)
            ? output
            : throw new UsageException($"-o {output}: this is the file to be read; give another name.");
    }

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] files = parsed.GetValue(_file)!;
        if (files.Length != 1)
            throw new UsageException($"import takes one FILE, got {files.Length}: {string.Join(", ", files.Take(5))}.");
        string model = parsed.GetValue(_model) ?? throw new UsageException("--model is missing: the network whose weights they are "
            + "('fovea models' lists them).");
        string output = OutputOf(parsed.GetValue(_output), files[0]);
        ModelSpec spec = Common.Model(model);
        TensorShape input = parsed.GetValue(_input) ?? spec.Input;
        Preprocessing preprocessing = PreprocessingChoice.Of(parsed.GetValue(_preprocess), spec, input);
        Architecture architecture = UsageException.Check(() =>
            Architecture.Of(spec, parsed.GetValue(_classes), input, _own.Given(parsed), preprocessing: preprocessing));
        string[] classes = parsed.GetValue(_names) is { } names ? ReadNames(names, architecture.Classes)
            : [.. Enumerable.Range(0, architecture.Classes).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        if (parsed.GetValue(_preprocess) is null && spec.ImportNote is { } note)
            console.Log(note);
        ImportOptions options = new() { NewHead = parsed.GetValue(_classes) is not null, Seed = parsed.GetValue(_seed) ?? 0 };
        ImportedWeights imported = WeightImporter.Import(files[0], output, architecture, classes, options);
        if (parsed.GetValue(_json))
        {
            console.WriteJson(new ImportJson(
                spec.Name, output, imported.Format, architecture.Classes, imported.Tensors, imported.NewHead, imported.NewAuxiliaries,
                imported.Counters.Count,
                [.. preprocessing.Mean], [.. preprocessing.Std], preprocessing.Scale, preprocessing.ReverseChannels,
                preprocessing.EvalTransform, preprocessing.TrainTransform),
                CliJson.Default.ImportJson);
        }
        else
            Write(output, architecture, imported, console.Out);
        return ExitCode.Done;
    }

    private static void Write(string output, Architecture architecture, ImportedWeights imported, TextWriter writer)
    {
        Preprocessing p = architecture.Preprocessing;
        Table table = new("", "");
        table.Row("network", $"{architecture.Model}, {Format.Plural(architecture.Classes, "class", "classes")}");
        table.Row("taken", $"{Format.Plural(imported.Tensors, "tensor")} of a {imported.Format} file");
        if (imported.NewHead.Count > 0)
            table.Row("made anew", $"{string.Join(", ", imported.NewHead)}: the file's are for other classes");
        if (imported.NewAuxiliaries.Count > 0)
        {
            table.Row("made anew", $"{Format.Plural(imported.NewAuxiliaries.Count, "tensor")} of the auxiliary classifiers, which the file lacks; "
                + "only training uses them");
        }
        if (imported.Counters.Count > 0)
            table.Row("kept for export", Format.Plural(imported.Counters.Count, "counter"));
        table.Row("images", p.EvalTransform);
        string pixels = p.Scale == 1 ? "0 to 255" : p.Scale == 1f / 255f ? "0 to 1" : $"0 to {Number(255 * p.Scale)}";
        table.Row("pixels", $"{(p.Mean.Count == 3 ? p.ReverseChannels ? "blue, green, red; " : "red, green, blue; " : "")}{pixels}, "
            + $"less {string.Join(", ", p.Mean.Select(Number))}, divided by {string.Join(", ", p.Std.Select(Number))}");
        table.Row("model", output);
        table.Write(writer);
    }

    private static string Number(float value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string[] ReadNames(string path, int classes)
    {
        try
        {
            string[] names = [.. File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
            return names.Length == classes ? names
                : throw new UsageException($"--class-names {path}: it has {Format.Plural(names.Length, "name")}, "
                    + $"the network {Format.Plural(classes, "class", "classes")}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"--class-names {path}: the file cannot be read: {IoReason.Of(e, path)}.", e);
        }
    }
}
