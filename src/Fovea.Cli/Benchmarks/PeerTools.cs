using System.Diagnostics;
using System.Text.Json;
using Fovea.Cli.Json;

namespace Fovea.Cli.Benchmarks;

/// <summary>The peers' scripts and what they need, and how commands are run.</summary>
internal sealed class PeerTools
{
    /// <summary>Names another interpreter than the system's.</summary>
    public const string PythonVariable = "FOVEA_PYTHON";

    private const string Folder = "bench/peers";

    private readonly List<string> _versions = [];

    /// <summary>The interpreter that has PyTorch.</summary>
    public static string Python => Environment.GetEnvironmentVariable(PythonVariable) is { Length: > 0 } own ? own : File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>The program that runs ONNX Runtime's script.</summary>
    public static string Node => "node";

    /// <summary>PyTorch's script; null where it cannot run.</summary>
    public string? Torch { get; private set; }

    /// <summary>The script that writes networks as ONNX; null where it cannot run.</summary>
    public string? Exporter { get; private set; }

    /// <summary>ONNX Runtime's script; null where it cannot run, or has nothing to run.</summary>
    public string? OnnxRuntime { get; private set; }

    /// <summary>The versions that were found: "PyTorch 1.13.1, ONNX Runtime 1.30.0".</summary>
    public string Versions => _versions.Count == 0 ? "no peers" : string.Join(", ", _versions);

    /// <summary>The command that starts this program anew.</summary>
    public static string[] Self
    {
        get
        {
            string process = Environment.ProcessPath ?? "fovea";
            return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, Environment.GetCommandLineArgs()[0]] : [process];
        }
    }

    /// <summary>Looks for everything, and says what was found or what to install.</summary>
    /// <param name="inference">Whether ONNX Runtime is wanted.</param>
    /// <param name="log">Gets a line for each peer.</param>
    public void Find(bool inference, Action<string> log)
    {
        if (FindFolder() is not { } folder)
        {
            log($"The peers' scripts in {Folder} lie in Fovea's repository, and this program does not: only Fovea is timed.");
            return;
        }
        if (Output([Python, "-c", "import torch; print(torch.__version__)"], out _) is not { } torch)
        {
            log($"PyTorch is not installed for {Python}: 'apt install python3-torch python3-torchvision', or name another interpreter in {PythonVariable}. "
                + $"Only Fovea is timed{(inference ? ": ONNX Runtime's networks are written by PyTorch" : "")}.");
            return;
        }
        (Torch, Exporter) = (Path.Combine(folder, "torch_bench.py"), Path.Combine(folder, "export_onnx.py"));
        Found($"PyTorch {torch.Trim()}", $"on {Python}", log);
        if (!inference)
            return;
        string script = Path.Combine(folder, "ort_bench.mjs");
        if (Output([Node, script, "--version"], out _) is { } version)
        {
            OnnxRuntime = script;
            Found($"ONNX Runtime {version.Trim()}", $"on {Node}", log);
        }
        else
        {
            log($"ONNX Runtime is not installed: 'npm ci --prefix {Folder}' in Fovea's repository puts it there (Node.js 20 or later). Going on without it.");
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

    /// <summary>What a command prints; null where it fails.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="why">Its last line on standard error where it fails.</param>
    public static string? Output(IReadOnlyList<string> command, out string why)
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

    private void Found(string what, string where, Action<string> log)
    {
        _versions.Add(what);
        log($"{what} {where}");
    }

    /// <summary>The scripts' folder, looked for in the folders above the program and above the current one; null where this is no checkout of the repository.</summary>
    private static string? FindFolder()
    {
        foreach (string start in (string[])[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string path = Path.Combine(folder.FullName, Folder);
                if (File.Exists(Path.Combine(path, "torch_bench.py")))
                    return path;
            }
        }
        return null;
    }
}
