using System.Diagnostics;
using System.Text.Json;
using Fovea.Cli.Benchmarks;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary><c>bench --compare-peers</c> with peers that are played by scripts: what is asked of them, and what is made of their answers.</summary>
public sealed class PeerTests : IDisposable
{
    private const string Line = "bench lenet5 --compare-peers --batch-size 2 --rounds 2 --seconds 0.01 --threads 1 --backend managed";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void RatiosAreTakenFromWhatThePeersSay()
    {
        Play();
        (string output, string errors) = Bench($"{Line} --json --markdown {_folder["table.md"]}", _folder["python"]);
        JsonElement[] results = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        // The managed backend has one precision: training, then inference.
        Assert.Equal(["train", "infer"], results.Select(r => r.GetProperty("mode").GetString()));
        foreach (JsonElement result in results)
        {
            bool infers = result.GetProperty("mode").GetString() == "infer";
            JsonElement[] peers = [.. result.GetProperty("peers").EnumerateArray()];
            string[] names = ["PyTorch", "PyTorch channels_last", "PyTorch channels_last bf16", "ONNX Runtime"];
            Assert.Equal(infers ? names : names[..3], peers.Select(p => p.GetProperty("peer").GetString()));
            double[] speeds = [100, 200, 50, 400];
            double ours = result.GetProperty("imagesPerSecond").GetDouble(), bytes = result.GetProperty("peakBytes").GetInt64();
            Assert.Equal(2, result.GetProperty("rounds").GetArrayLength());
            for (int i = 0; i < peers.Length; i++)
            {
                Assert.Equal(ours / speeds[i], peers[i].GetProperty("speedRatio").GetDouble(), 1e-9);
                // A peer of another precision keeps other bytes.
                if (i == 2)
                    Assert.False(peers[i].TryGetProperty("memoryRatio", out JsonElement none) && none.ValueKind != JsonValueKind.Null);
                else
                    Assert.Equal(bytes / 1_000_000, peers[i].GetProperty("memoryRatio").GetDouble(), 1e-9);
            }
            Assert.Equal("PyTorch channels_last", result.GetProperty("pyTorchBest").GetString());
        }
        Assert.Contains("PyTorch 1.2.3", errors, StringComparison.Ordinal);
        Assert.Contains("ONNX Runtime 4.5.6", errors, StringComparison.Ordinal);
        string page = File.ReadAllText(_folder["table.md"]);
        Assert.Contains("PyTorch 1.2.3, ONNX Runtime 4.5.6", page, StringComparison.Ordinal);
        Assert.Contains("| lenet5 | infer | 2 | ONNX Runtime | 400.0 | 400.0 to 400.0 | 5.0 | 0 |", page, StringComparison.Ordinal);
        // What each was asked for: the same batch, threads and mode on all sides, no auxiliary classifiers.
        string[] asked = File.ReadAllLines(_folder["asked"]);
        Assert.All(asked.Where(line => line.Contains("_bench", StringComparison.Ordinal)), line =>
        {
            Assert.Contains("--batch-size 2 --seconds 0.01 --threads 1", line, StringComparison.Ordinal);
            Assert.Contains("lenet5", line, StringComparison.Ordinal);
        });
        Assert.Equal(2 * 3, asked.Count(line => line.Contains("torch_bench.py lenet5 --mode train", StringComparison.Ordinal) && line.Contains("--no-aux", StringComparison.Ordinal)));
        Assert.Equal(2, asked.Count(line => line.Contains("ort_bench.mjs", StringComparison.Ordinal) && line.Contains("--shape 1x28x28", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void MissingPeersAreNamedWithWhatToInstall()
    {
        Play();
        (string output, string errors) = Bench($"{Line} --mode infer --json", _folder["no-python"]);
        Assert.Contains("apt install python3-torch", errors, StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray()).GetProperty("peers").GetArrayLength());
        File.WriteAllText(_folder["node"], "#!/bin/sh\nexit 1\n");
        (output, errors) = Bench($"{Line} --mode infer --json", _folder["python"]);
        Assert.Contains("npm ci --prefix bench/peers", errors, StringComparison.Ordinal);
        Assert.Equal(3, JsonDocument.Parse(output).RootElement[0].GetProperty("peers").GetArrayLength());
        (output, _) = Bench($"{Line} --mode infer", _folder["python"]);
        Assert.Contains("PyTorch channels_last (its best)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alexnet", 64)]
    [InlineData("nin-cifar", 64)]
    [InlineData("vgg16", 16)]
    [InlineData("googlenet-torchvision", 16)]
    [InlineData("resnet18", 16)]
    [InlineData("densenet121", 16)]
    public void BatchesAreThoseOfTheTable(string model, int batch)
    {
        Assert.Contains(model, PeerCase.Table);
        Assert.Equal(batch, PeerCase.DefaultBatch(model));
    }

    /// <summary>Scripts in the peers' place: they write down what they are asked and answer with fixed figures.</summary>
    private void Play()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the peers are played by shell scripts");
        string asked = _folder["asked"];
        Script("python", $$"""
            #!/bin/sh
            echo "$@" >>{{asked}}
            speed=100 precision=fp32
            case "$*" in
                -c*) echo 1.2.3; exit ;;
                *export_onnx.py*) echo 1x28x28; exit ;;
                *--bf16*) speed=50 precision=bf16 ;;
                *--channels-last*) speed=200 ;;
            esac
            echo "[{\"model\": \"lenet5\", \"mode\": \"x\", \"batch\": 2, \"precision\": \"$precision\", \"backend\": \"x\", \"threads\": 1, \"imagesPerSecond\": $speed, \"msPerStep\": 1, \"peakBytes\": 1000000}]"
            """);
        Script("node", $$"""
            #!/bin/sh
            echo "$@" >>{{asked}}
            case "$*" in
                *--version*) echo 4.5.6 ;;
                *) echo '[{"model": "lenet5", "mode": "infer", "batch": 2, "precision": "fp32", "backend": "x", "threads": 1, "imagesPerSecond": 400, "msPerStep": 5, "peakBytes": 1000000}]' ;;
            esac
            """);
    }

    private void Script(string name, string text)
    {
        File.WriteAllText(_folder[name], text + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private (string Output, string Errors) Bench(string line, string python)
    {
        string dotnet = Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet";
        ProcessStartInfo start = new(dotnet, ["exec", Path.Combine(Path.GetDirectoryName(typeof(CliRun).Assembly.Location)!, "fovea.dll"), .. line.Split(' ')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FOVEA_PYTHON"] = python;
        start.Environment["PATH"] = $"{_folder.Path}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return (output, errors.Result);
    }
}
