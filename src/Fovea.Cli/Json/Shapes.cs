using Fovea.Data.Loading;
using Fovea.Engine.Planning;
using Fovea.Training;

namespace Fovea.Cli.Json;

/// <summary>What <c>--json</c> prints where a command fails before it has a result.</summary>
internal sealed record ErrorJson(string Error);

/// <summary>A row of <c>models</c>.</summary>
internal sealed record ModelJson(string Name, int[] Input, int Classes, long Parameters, long Macs);

/// <summary>The result of <c>summary</c>. PeakBytes is the sum of ArenaBytes, ParameterBytes and OptimizerBytes; KernelCopyBytes are within the arena.</summary>
internal sealed record SummaryJson(string Model, int Classes, int[] Input, LayerJson[] Layers, long Parameters, long Macs, long ActivationBytes,
    SharesJson Shares, string Mode, int Batch, string Backend, long PeakBytes, long ArenaBytes, long KernelCopyBytes, long ParameterBytes, long OptimizerBytes,
    IReadOnlyList<SlowKernelJson>? SlowKernels);

/// <summary>
/// A layer of <c>summary</c>. The receptive field is in pixels of the input, [height, width]; activation bytes are memory of the layer's own, 0 where its result
/// lies in another one's; the kernel is "in X" where layer X's does it, and empty where nothing is done.
/// </summary>
internal sealed record LayerJson(string Name, string Op, int[] Output, long Parameters, long Macs, int[] ReceptiveField, long ActivationBytes,
    string Kernel, string[]? OutputSize);

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

/// <summary>A slow kernel that a plan ended on; absent where there is none.</summary>
internal sealed record SlowKernelJson(string Kernel, string Op, IReadOnlyList<string> Layers, string Why, string Cure)
{
    /// <summary>Null where there are none.</summary>
    public static IReadOnlyList<SlowKernelJson>? Of(IReadOnlyList<SlowKernel> slow) =>
        slow.Count == 0 ? null : [.. slow.Select(s => new SlowKernelJson(s.Kernel, s.Op, s.Layers, s.Why, s.Cure))];
}

/// <summary>The result of <c>doctor</c>.</summary>
internal sealed record DoctorJson(
    string Version, string Runtime, string System, ProcessorJson Processor, MemoryJson Memory, LibraryJson[] Libraries, BackendsJson Backends,
        KernelsJson Kernels, int Threads, DataSetJson[] DataSets);

/// <summary>Which kernels plans take: those of a table of measurements where there is one. The table is for the processor, the kernels and the threads named here.</summary>
internal sealed record KernelsJson(string Processor, string Kernels, int Threads, string? Table, int Choices, string Why);

/// <summary>The processor and what it can do.</summary>
internal sealed record ProcessorJson(string? Name, int Processors, string[] InstructionSets, string[] Missing);

/// <summary>Memory in bytes.</summary>
internal sealed record MemoryJson(long? Total, long? Available);

/// <summary>A native library: what it is for, and what to install where it is missing.</summary>
internal sealed record LibraryJson(string Name, string Purpose, bool Found, string? Version, string? Install);

/// <summary>The backends: those that work here, the one that <c>--backend auto</c> takes, and why.</summary>
internal sealed record BackendsJson(string[] Available, string Auto, string Why);

/// <summary>The result of <c>import</c>. NewHead and NewAuxiliaries name the parameters that have fresh values.</summary>
internal sealed record ImportJson(
    string Model, string File, string Format, int Classes, int Tensors, IReadOnlyList<string> NewHead, IReadOnlyList<string> NewAuxiliaries, int Counters,
    float[] Mean, float[] Std, float Scale, bool ReverseChannels, string EvalTransform, string TrainTransform);

/// <summary>The result of <c>export</c>.</summary>
internal sealed record ExportJson(string Model, string File, string Format, int Tensors, int Counters, long Bytes);

/// <summary>The result of <c>demo</c>.</summary>
internal sealed record DemoJson(string Run, IReadOnlyList<EpochResult> Epochs, BestEpoch? Best, double TestAccuracy, string Report);

/// <summary>The result of <c>data preview</c>.</summary>
internal sealed record PreviewJson(string File, string Transforms, PreviewRow[] Rows);

/// <summary>The result of <c>bench --data</c>: medians over passes.</summary>
internal sealed record LoaderBenchJson(string Data, int Images, string Transforms, string Cache, int Workers, int Passes, double ImagesPerSecond);
