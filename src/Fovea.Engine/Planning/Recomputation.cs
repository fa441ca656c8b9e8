namespace Fovea.Engine.Planning;

/// <summary>Results that the backward pass computes again, once and on demand, instead of finding them in memory (docs/decisions/0008).</summary>
internal sealed class Recomputation
{
    private readonly Dictionary<Buffer, Func<Buffer>> _again = [];
    private readonly Dictionary<Buffer, Buffer> _done = [];

    /// <summary>From now on <paramref name="again"/> stands for <paramref name="result"/>.</summary>
    public void Offer(Buffer result, Func<Buffer> again) => _again.Add(result, again);

    /// <summary>The value as the backward pass finds it.</summary>
    public Value Current(Value forward)
    {
        if (!_again.TryGetValue(forward.Buffer, out Func<Buffer>? again))
            return forward;
        if (!_done.TryGetValue(forward.Buffer, out Buffer? buffer))
            _done[forward.Buffer] = buffer = again();
        return forward with { Buffer = buffer };
    }
}
