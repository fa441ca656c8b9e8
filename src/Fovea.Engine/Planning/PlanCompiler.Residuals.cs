namespace Fovea.Engine.Planning;

/// <content>What residual blocks need: sums that a kernel writes over one of their terms, and gradients whose two parts one kernel adds up.</content>
public sealed partial class PlanCompiler
{
    /// <summary>By layer that takes its gradient in parts: the second part, once it is there.</summary>
    private readonly Dictionary<int, Value?> _secondParts = [];

    /// <summary>True where the result of <paramref name="layer"/> is there and nobody reads it after layer <paramref name="writer"/> but <paramref name="sum"/>.</summary>
    internal bool MayOverwrite(int layer, int writer, int sum)
    {
        if (_values[layer] is not { Buffer: { InArena: true, Persistent: false, Kind: BufferKind.Activation } } value)
            return false;
        for (int i = 0; i < _values.Length; i++)
        {
            // Fused and idle layers share one memory; what the writer itself reads is read while it writes.
            IReadOnlyList<int> readers = Graph.Consumers[i];
            if (_values[i]?.Buffer == value.Buffer && (readers.Count == 0 || readers.Any(reader => reader >= writer && reader != sum)))
                return false;
        }
        return true;
    }

    /// <summary>The value in a layout, for a kernel that overwrites it: what was kept for later readers of the old content is forgotten.</summary>
    internal Buffer TakeOver(LoweringContext context, Value value, Layout layout)
    {
        Buffer buffer = InLayout(context, value, layout, BufferKind.Activation);
        ForgetCopies(buffer);
        return buffer;
    }

    /// <summary>The buffer gets new content: copies of the old one in other layouts, and it as such a copy, are no longer what they were.</summary>
    private void ForgetCopies(Buffer buffer)
    {
        foreach ((Buffer, Layout) key in _reordered.Where(entry => entry.Key.Item1 == buffer || entry.Value == buffer).Select(entry => entry.Key).ToArray())
            _reordered.Remove(key);
    }

    internal void KeepParts(int layer) => _secondParts[layer] = null;

    internal (Value First, Value? Second) GradientParts(int layer) => (
        _gradients[layer] ?? throw new InvalidOperationException($"Layer {Graph.Layers[layer].Node} has no gradient yet."), _secondParts.GetValueOrDefault(layer));

    /// <summary>Gives the gradient of the context's layer to its input as it is, in its parts where the input takes them.</summary>
    internal void HandGradientOn(BackwardLowering context, int input)
    {
        (Value first, Value? second) = GradientParts(context.Layer.Index);
        AddGradient(context, input, first);
        if (second is not null)
            AddGradient(context, input, second);
    }

    private bool TryKeepPart(int layer, Value gradient)
    {
        bool kept = _secondParts.TryGetValue(layer, out Value? second) && second is null;
        if (kept)
            _secondParts[layer] = gradient;
        return kept;
    }
}
