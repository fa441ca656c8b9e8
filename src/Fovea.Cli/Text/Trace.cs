namespace Fovea.Cli.Text;

/// <summary>A series of any length in bounded memory: when it is full, each two neighbours become their mean.</summary>
/// <param name="capacity">Values that are kept, even.</param>
internal sealed class Trace(int capacity)
{
    private readonly List<double> _values = [];
    private double _sum;
    private int _pending, _each = 1;

    /// <summary>The values, oldest first; each stands for as many that were added.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>Adds a value.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
            return;
        _sum += value;
        if (++_pending < _each)
            return;
        _values.Add(_sum / _pending);
        (_sum, _pending) = (0, 0);
        if (_values.Count < capacity)
            return;
        for (int i = 0; i < capacity / 2; i++)
            _values[i] = (_values[2 * i] + _values[2 * i + 1]) / 2;
        _values.RemoveRange(capacity / 2, capacity - capacity / 2);
        _each *= 2;
    }
}
