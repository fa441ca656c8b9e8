using Fovea.Training;

namespace Fovea.Cli.Json;

/// <summary>What <c>--json</c> prints where a command fails before it has a result.</summary>
internal sealed record ErrorJson(string Error);

/// <summary>A row of <c>models</c>.</summary>
internal sealed record ModelJson(string Name, int[] Input, int Classes, long Parameters, long Macs);

/// <summary>The result of <c>summary</c>.</summary>
internal sealed record SummaryJson(string Model, int Classes, int[] Input, LayerJson[] Layers, long Parameters, long Macs, long ActivationBytes,
    SharesJson Shares);

/// <summary>A layer of <c>summary</c>. The receptive field is in pixels of the input, [height, width].</summary>
internal sealed record LayerJson(string Name, string Op, int[] Output, long Parameters, long Macs, int[] ReceptiveField, long ActivationBytes,
    string[]? OutputSize);

/// <summary>Which share of parameters and arithmetic is in convolutions and in linear layers, 0 to 1.</summary>
internal sealed record SharesJson(double ConvolutionParameters, double LinearParameters, double ConvolutionMacs, double LinearMacs);

/// <summary>A row of <c>data list</c>.</summary>
internal sealed record DataSetJson(string Name, string Summary, int Classes, int Train, int Test, string? Folder, string? HowToGet);

/// <summary>The result of <c>data get</c>.</summary>
internal sealed record DataGetJson(string Name, string Folder);

/// <summary>The result of <c>data inspect</c>.</summary>
internal sealed record InspectJson(
    string Name, string Layout, InspectClassJson[] Classes, int TrainImages, int ValidationImages, InspectSizesJson? Sizes,
        InspectFormatJson[] Formats,
    double[] Mean, double[] Std, int StatisticsImages, BrokenJson[] Broken, string[][] Duplicates, int DuplicatesAcrossSplits);

/// <summary>A class of <c>data inspect</c>.</summary>
internal sealed record InspectClassJson(string Class, int Train, int Validation);

/// <summary>Sizes in pixels: least, median, most.</summary>
internal sealed record InspectSizesJson(int[] Width, int[] Height);

/// <summary>Samples of a format.</summary>
internal sealed record InspectFormatJson(string Format, int Images);

/// <summary>A sample that cannot be read.</summary>
internal sealed record BrokenJson(string Image, string Error);

/// <summary>The result of <c>doctor</c>.</summary>
internal sealed record DoctorJson(
    string Version, string Runtime, string System, ProcessorJson Processor, MemoryJson Memory, LibraryJson[] Libraries, BackendsJson Backends,
        int Threads, DataSetJson[] DataSets);

/// <summary>The processor and what it can do.</summary>
internal sealed record ProcessorJson(string? Name, int Processors, string[] InstructionSets, string[] Missing);

/// <summary>Memory in bytes.</summary>
internal sealed record MemoryJson(long? Total, long? Available);

/// <summary>A native library: what it is for, and what to install where it is missing.</summary>
internal sealed record LibraryJson(string Name, string Purpose, bool Found, string? Version, string? Install);

/// <summary>The backends: those that work here, the one that <c>--backend auto</c> takes, and why.</summary>
internal sealed record BackendsJson(string[] Available, string Auto, string Why);

/// <summary>The result of <c>import</c>. NewHead names the parameters that have fresh values.</summary>
internal sealed record ImportJson(
    string Model, string File, string Format, int Classes, int Tensors, IReadOnlyList<string> NewHead, int Counters, float[] Mean, float[] Std,
    float Scale, bool ReverseChannels, string EvalTransform, string TrainTransform);

/// <summary>The result of <c>export</c>.</summary>
internal sealed record ExportJson(string Model, string File, string Format, int Tensors, int Counters, long Bytes);

/// <summary>The result of <c>demo</c>.</summary>
internal sealed record DemoJson(string Run, IReadOnlyList<EpochResult> Epochs, BestEpoch? Best, double TestAccuracy, string Report);
