using System.Diagnostics;
using System.Text.Json;
using Fovea.Cli.Json;

namespace Fovea.Cli.Benchmarks;

/// <summary>The peers' script and what it needs, and how commands are run.</summary>
internal static class PeerTools
{
    /// <summary>Names another interpreter than the system's.</summary>
    public const string PythonVariable = "FOVEA_PYTHON";

    private static readonly string Script = Path.Combine("bench", "peers", "torch_bench.py");

    /// <summary>The interpreter that has PyTorch.</summary>
    public static string Python => Environment.GetEnvironmentVariable(PythonVariable) is { Length: > 0 } own ? own : File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>The script, looked for in the folders above the program and above the current one; null where this is no checkout of the repository.</summary>
    public static string? FindScript()
    {
        foreach (string start in (string[])[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string path = Path.Combine(folder.FullName, Script);
                if (File.Exists(path))
                    return path;
            }
        }
        return null;
    }

    /// <summary>PyTorch's version; null where it cannot be imported.</summary>
    public static string? TorchVersion() => Output([Python, "-c", "import torch; print(torch.__version__)"], out _) is { } text ? text.Trim() : null;

    /// <summary>The command that starts this program anew.</summary>
    public static string[] Self
    {
        get
        {
            string process = Environment.ProcessPath ?? "fovea";
            return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, Environment.GetCommandLineArgs()[0]] : [process];
        }
    }

    /// <summary>Runs a command that prints an array of results.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="why">What the command said where it failed.</param>
    /// <returns>The first result; null where the command failed.</returns>
    public static BenchJson? Run(IReadOnlyList<string> command, out string why)
    {
        if (Output(command, out why) is not { } text)
            return null;
        try
        {
            return JsonSerializer.Deserialize(text, CliJson.Default.BenchJsonArray)?.FirstOrDefault();
        }
        catch (JsonException e)
        {
            why = $"its output is no result: {e.Message}";
            return null;
        }
    }

    private static string? Output(IReadOnlyList<string> command, out string why)
    {
        why = "";
        ProcessStartInfo start = new(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return output;
            why = errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? $"exit {process.ExitCode}";
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            why = e.Message;
        }
        return null;
    }
}
