using Fovea.Engine.Planning;
using Fovea.Formats;
using Fovea.Formats.Safetensors;
using Fovea.Formats.Weights;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Parameters and their optimizer state as the tensors of a safetensors file, in PyTorch's order and under fixed keys.</summary>
internal static class ParameterTensors
{
    private const int MismatchesShown = 20;

    /// <summary>The tensors of <paramref name="parameters"/> in the order of the layers, then their states, one kind after the other.</summary>
    public static List<Item> Of(ParameterSet parameters, UpdateRule? rule = null)
    {
        List<Item> items = [.. parameters.All.Select(p => new Item(p, -1, Entry(p.Name, p.Spec.Shape)))];
        for (int i = 0; i < (rule?.States.Count ?? 0); i++)
        {
            foreach (Parameter parameter in parameters.All.Where(p => rule!.Keeps(i, p)))
                items.Add(new Item(parameter, i, Entry($"optimizer/{rule!.States[i]}/{parameter.Name}", parameter.Spec.Shape)));
        }
        return items;
    }

    /// <summary>Writes a whole file.</summary>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, string>> metadata, List<Item> items)
    {
        IEnumerable<Item> turned = items.Where(item => item.Parameter.Spec.Columns is not null);
        float[] reordered = new float[turned.Select(item => item.Parameter.Spec.Elements).Append(0).Max()];
        int next = 0;
        SafetensorsWriter.Write(stream, metadata, [.. items.Select(item => item.Entry)], _ =>
        {
            Item item = items[next++];
            if (item.Parameter.Spec.Columns is null)
                return item.Memory;
            Span<float> values = reordered.AsSpan(0, checked((int)item.Parameter.Spec.Elements));
            item.Parameter.ToFileOrder(item.Memory, values);
            return values;
        });
    }

    /// <summary>Reads every tensor into its place, after all of them were compared.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="items">What it has to hold, no more and no less.</param>
    /// <param name="what">What was being done, for messages: "Loading 'x' into lenet5".</param>
    /// <exception cref="FoveaException">Tensors are missing, left over, or of another shape: lists them all.</exception>
    public static void Read(SafetensorsFile file, List<Item> items, string what)
    {
        Compare(file, [.. items.Select(item => item.Entry)], what);
        float[] values = new float[items.Select(item => item.Parameter.Spec.Elements).Append(0).Max()];
        foreach (Item item in items)
        {
            Span<float> part = values.AsSpan(0, checked((int)item.Parameter.Spec.Elements));
            file.ReadFloat32(item.Entry.Name, part);
            item.Parameter.ToMemoryOrder(part, item.Memory);
            item.Parameter.Changed();
        }
    }

    /// <summary>Compares the file's tensors with those expected.</summary>
    /// <exception cref="FoveaException">They differ: lists every difference.</exception>
    public static void Compare(SafetensorsFile file, IReadOnlyList<TensorEntry> expected, string what)
    {
        List<string> wrong = [];
        foreach (TensorEntry entry in expected)
        {
            if (file.Find(entry.Name) is not { } found)
                wrong.Add($"{entry.Name} {entry.ShapeText} is missing");
            else if (!found.Shape.SequenceEqual(entry.Shape))
                wrong.Add($"{entry.Name} is {found.ShapeText}, expected {entry.ShapeText}");
            else if (found.Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16 or TensorType.Float64))
                wrong.Add($"{entry.Name} holds {found.Type}, expected floating-point numbers");
        }
        HashSet<string> names = [.. expected.Select(entry => entry.Name)];
        wrong.AddRange(file.Tensors.Where(tensor => !names.Contains(tensor.Name)).Select(tensor => $"{tensor.Name} {tensor.ShapeText} is left over"));
        if (wrong.Count == 0)
            return;
        string more = wrong.Count > MismatchesShown ? $"; and {wrong.Count - MismatchesShown} more" : "";
        throw new FoveaException($"{what}: {wrong.Count} of its tensors do not fit: {string.Join("; ", wrong.Take(MismatchesShown))}{more}. "
            + "The file belongs to another network, or to this one with other options or another number of classes.");
    }

    /// <summary>Opens a file; what is wrong with it becomes an error for the user.</summary>
    public static SafetensorsFile Open(string path) => Translate(() =>
    {
        try
        {
            return SafetensorsFile.Open(path);
        }
        catch (WeightFileException) when (IsPyTorch(path))
        {
            throw new FoveaException($"{path}: this is a file of PyTorch's: it holds weights but not their network. Bring it in with 'import': "
                + $"fovea import {path} --model M -o model.safetensors");
        }
    });

    private static bool IsPyTorch(string path)
    {
        try
        {
            return WeightFile.IsPyTorch(path);
        }
        catch (WeightFileException)
        {
            return false;
        }
    }

    /// <summary>Runs <paramref name="work"/> and turns the errors of the file format into the user's.</summary>
    public static T Translate<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (WeightFileException e)
        {
            // Lines to copy end without a full stop.
            throw new FoveaException($"Reading weights: {e.Message}{(e.Message.Contains('\n', StringComparison.Ordinal) ? "" : ".")}", e);
        }
    }

    /// <summary>The entry of a parameter or a state.</summary>
    public static TensorEntry Entry(string name, int[] shape) => new(name, TensorType.Float32, [.. shape.Select(dim => (long)dim)]);

    /// <summary>A tensor and the memory that it is kept in.</summary>
    /// <param name="Parameter">The parameter.</param>
    /// <param name="State">Index of its state, or -1 for the parameter itself.</param>
    /// <param name="Entry">Key and shape.</param>
    public sealed record Item(Parameter Parameter, int State, TensorEntry Entry)
    {
        /// <summary>The values in memory order.</summary>
        public Span<float> Memory => State < 0 ? Parameter.Data : Parameter.State(State);
    }
}
