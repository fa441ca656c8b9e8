using Fovea.Formats.Safetensors;
using Fovea.Formats.Weights;

namespace Fovea.Formats.Tests;

public sealed class PyTorchFuzzTests
{
    // More than the budget of a small file, the copy of it, and the buffers; far less than a lie about sizes would cost.
    private const long MostBytes = 16 << 20;

    [Theory]
    [InlineData("zip.pth", 1)]
    [InlineData("legacy.pth", 2)]
    [InlineData("protocol4.pth", 3)]
    [InlineData("wrapped-zip.pth", 4)]
    [InlineData("wrapped-legacy.pth", 5)]
    public void MutatedFilesAreReadOrRefusedAndNothingElse(string name, int seed)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "pth", name));
        var random = new Random(seed);
        using var file = new TemporaryFile();
        int refused = 0;
        const int Rounds = 1500;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = Mutate(whole, random);
            File.WriteAllBytes(file.Path, bytes);
            double start = ThreadTime.Seconds;
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ReadAll(file.Path, bytes.Length);
            }
            catch (WeightFileException e)
            {
                Assert.StartsWith(file.Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
            Assert.InRange(ThreadTime.Seconds - start, 0, 1);
        }
        // Changes inside numbers and names are no damage that a reader can see.
        Assert.InRange(refused, Rounds / 4, Rounds - 1);
    }

    private static void ReadAll(string path, int fileBytes)
    {
        using WeightFile file = WeightFile.Open(path);
        foreach (TensorEntry tensor in file.Tensors)
        {
            // A view can repeat its elements without end; whoever reads it says how many he takes.
            if (tensor.ElementCount > fileBytes)
                continue;
            if (tensor.Type is TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16 or TensorType.Float64)
                file.ReadFloat32(tensor.Name, new float[tensor.ElementCount]);
            else if (tensor is { Type: TensorType.Int64, ElementCount: 1 })
                file.ReadInt64(tensor.Name);
        }
    }

    private static byte[] Mutate(byte[] whole, Random random)
    {
        List<byte> bytes = [.. whole];
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 64), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0xff : (byte)0; break;
                case 3: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length)); break;
                case 4 when bytes.Count > length: bytes.RemoveRange(at, length); break;
                default:
                    for (int i = at; i < Math.Min(at + 8, bytes.Count); i++)
                        bytes[i] = (byte)random.Next(256);
                    break;
            }
        }
        return [.. bytes];
    }
}
