using System.Buffers.Binary;
using Fovea.Formats.Safetensors;
using Fovea.Kernels;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>What was exported.</summary>
/// <param name="Tensors">Parameters in the file.</param>
/// <param name="Counters">Integers beside them.</param>
/// <param name="Bytes">The file's size.</param>
public sealed record ExportedWeights(int Tensors, int Counters, long Bytes);

/// <summary>Writes a model's weights for other programs: PyTorch's keys, order and shapes, float32.</summary>
public static class WeightExporter
{
    // What the safetensors package expects of a file for PyTorch.
    private static readonly KeyValuePair<string, string>[] Metadata = [new("format", "pt")];

    /// <summary>
    /// Writes a safetensors file that <c>load_state_dict</c> takes: the parameters, and the counters of its batch norms.
    /// </summary>
    /// <param name="model">A model file of this program.</param>
    /// <param name="output">The file to write; one that is there is replaced as a whole.</param>
    /// <exception cref="FoveaException">The model cannot be read, or the output cannot be written.</exception>
    public static ExportedWeights ToSafetensors(string model, string output)
    {
        // A model file is checked as a whole before anything is written.
        LoadedModel loaded = ModelFile.Load(model);
        using SafetensorsFile file = ParameterTensors.Open(model);
        SortedDictionary<string, long> counters = WeightCounters.Of(file.Metadata, model);
        foreach ((string name, long value) in WeightCounters.For(loaded.Graph, counters))
            counters[name] = value;
        List<TensorEntry> entries = [.. file.Tensors.Select(tensor => new TensorEntry(tensor.Name, TensorType.Float32, tensor.Shape.AsSpan()))];
        entries.AddRange(counters.Keys.Select(name => new TensorEntry(name, TensorType.Int64)));
        AtomicFile.Write(output, stream => ParameterTensors.Translate(() =>
        {
            SafetensorsWriter writer = new(stream, Metadata, entries);
            float[] values = new float[file.Tensors.Select(tensor => tensor.ElementCount).Append(0).Max()];
            foreach (TensorEntry tensor in file.Tensors)
            {
                Span<float> part = values.AsSpan(0, checked((int)tensor.ElementCount));
                file.ReadFloat32(tensor.Name, part);
                writer.WriteFloat32(part);
            }
            Span<byte> number = stackalloc byte[sizeof(long)];
            foreach (long value in counters.Values)
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, value);
                writer.Write(number);
            }
            writer.Complete();
            return true;
        }));
        return new ExportedWeights(file.Tensors.Count, counters.Count, new FileInfo(output).Length);
    }
}
