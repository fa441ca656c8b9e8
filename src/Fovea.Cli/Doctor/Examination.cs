using System.Runtime.InteropServices;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Imaging;
using Fovea.Training;

namespace Fovea.Cli.Doctor;

/// <summary>Looks at the machine: what is there, what is missing, and what to do about it.</summary>
internal static class Examination
{
    // Those that kernels of ours or oneDNN's use, by the kernel's names.
    private static readonly (string Flag, string Name)[] InstructionSets =
    [
        ("avx2", "AVX2"), ("fma", "FMA"), ("avx512f", "AVX-512"), ("avx512_vnni", "AVX-512 VNNI"), ("avx512_bf16", "AVX-512 bf16"),
            ("amx_tile", "AMX"), ("amx_bf16", "AMX bf16"),
    ];

    /// <summary>Looks.</summary>
    public static DoctorJson Run(string kernels)
    {
        IReadOnlySet<string> flags = ProcFiles.ProcessorFlags;
        (string backend, string why, KernelHost host) = EngineThread.Run(() =>
        {
            using Runtime runtime = new(new RuntimeOptions());
            return (runtime.Backend, runtime.BackendReport, runtime.Host);
        });
        bool oneDnn = backend == "onednn";
        return new DoctorJson(
            CommandLine.Version, $".NET {Environment.Version}", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}",
            new ProcessorJson(
                ProcFiles.ProcessorName, Environment.ProcessorCount, [.. InstructionSets.Where(i => flags.Contains(i.Flag)).Select(i => i.Name)],
                [.. InstructionSets.Where(i => !flags.Contains(i.Flag)).Select(i => i.Name)]),
            new MemoryJson(ProcFiles.MemoryTotal, ProcFiles.MemoryAvailable),
            [
                new LibraryJson("oneDNN", "fast arithmetic", oneDnn, oneDnn ? VersionIn(why) : null, oneDnn ? null : "apt install libdnnl2"),
                .. ImagingLibraries.Report().Select(l =>
                    new LibraryJson(l.Name, l.Purpose, l.Found, l.Version, l.Found ? null : $"apt install {l.Package}")),
            ],
            new BackendsJson(oneDnn ? ["onednn", "managed"] : ["managed"], backend, why), TableOf(host, kernels), Environment.ProcessorCount,
            [.. DatasetCatalog.BuiltIn.Select(Describe)]);
    }

    private static DataSetJson Describe(BuiltInDataset set)
    {
        string? folder = DatasetPlaces.Find(set, null);
        return new DataSetJson(set.Name, set.Summary, set.Classes.Count, set.Published.Train, set.Published.Test, folder, folder is null
            ? set.HowToGet : null);
    }

    private static KernelsJson TableOf(KernelHost host, string kernels)
    {
        KernelsJson Found(string? table, int choices, string why) => new(TuningTable.Processor, host.Kernels, host.Threads, table, choices, why);
        if (kernels == KernelChoices.Rule)
            return Found(null, 0, $"the rules choose ({KernelChoices.Variable}={KernelChoices.Rule})");
        string path = kernels.Length == 0 ? TuningTable.PathFor(host) : kernels, problem = $"the rules choose: {path} is not there ('fovea tune' measures and writes it)";
        return TuningTable.Load(path, host, wanted: kernels.Length > 0, line => problem = line) is { } table
            ? Found(path, table.Entries.Count, $"{Format.Plural(table.Entries.Count, "measured choice")} in {path}, for {host.Kernels} with {Format.Plural(host.Threads, "thread")}")
            : Found(null, 0, problem);
    }

    // The report is a sentence that begins with the library's name and version.
    private static string? VersionIn(string report) =>
        report.Split(' ').Select(word => word.TrimEnd(',', '.')).FirstOrDefault(word => System.Version.TryParse(word, out _));
}
