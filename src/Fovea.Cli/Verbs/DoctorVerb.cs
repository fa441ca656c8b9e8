using System.CommandLine;
using Fovea.Cli.Doctor;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea doctor</c>: what was found on this machine.</summary>
internal sealed class DoctorVerb : Verb
{
    public const string Line = "say what was found on this machine: processor, libraries, backends, memory, data sets";
    private readonly Option<bool> _json;

    public DoctorVerb() : base("doctor", Line) => _json = With(Common.Json());

    public override string Usage => "[options]";

    public override int Run(ParseResult parsed, CliConsole console)
    {
        DoctorJson found = Examination.Run(console.Kernels);
        if (parsed.GetValue(_json))
            console.WriteJson(found, CliJson.Default.DoctorJson);
        else
            Write(found, console.Out);
        return ExitCode.Done;
    }

    private static void Write(DoctorJson found, TextWriter writer)
    {
        Table machine = new("", "");
        machine.Row("fovea", $"{found.Version} on {found.Runtime}, {found.System}");
        machine.Row("processor", $"{found.Processor.Name ?? "unknown"}, {Format.Plural(found.Processor.Processors, "processor")} for this process");
        machine.Row("instructions", List(found.Processor.InstructionSets)
            + (found.Processor.Missing.Length > 0 ? $" (not: {List(found.Processor.Missing)})" : ""));
        machine.Row("memory", found.Memory.Total is { } total
            ? $"{Format.Bytes(total)}, {Format.Bytes(found.Memory.Available ?? 0)} of it free to use" : "unknown");
        machine.Row("threads", $"{found.Threads} (--threads changes it)");
        machine.Row("backend", $"auto chooses {found.Backends.Auto}: {found.Backends.Why}");
        machine.Row("kernels", found.Kernels.Why);
        machine.Write(writer);
        writer.WriteLine();
        Table libraries = new("library", "version", "for");
        foreach (LibraryJson library in found.Libraries)
            libraries.Row(library.Name, library.Found ? library.Version ?? "found" : "missing", library.Found ? library.Purpose
                : $"{library.Purpose}; {library.Install}");
        libraries.Write(writer);
        writer.WriteLine();
        Table data = new("data set", "where");
        foreach (DataSetJson set in found.DataSets)
            data.Row(set.Name, set.Folder ?? $"not found. {set.HowToGet}");
        data.Write(writer);
    }

    private static string List(string[] names) => names.Length == 0 ? "none" : string.Join(", ", names);
}
