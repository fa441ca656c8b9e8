using Xunit.Abstractions;

namespace Fovea.Models.Tests;

/// <summary>The worst of several relative errors, which may reach the tolerance.</summary>
internal sealed class Worst(string what, double tolerance)
{
    private double _error = -1;
    private string _text = "nothing was compared";

    /// <summary>Adds an error, relative to <paramref name="scale"/>, which is positive; of 0 only 0 is 0 away.</summary>
    public void Add(string name, double got, double expected, double scale)
    {
        double difference = Math.Abs(got - expected), error = difference == 0 ? 0 : difference / scale;
        if (error <= _error)
            return;
        // A NaN is the worst of all, and no later one replaces it.
        _error = double.IsNaN(error) ? double.PositiveInfinity : error;
        _text = $"{name}: {got}, PyTorch {expected}";
    }

    /// <summary>Prints the worst, and fails if it is beyond the tolerance or nothing was compared.</summary>
    public void Check(ITestOutputHelper output)
    {
        output.WriteLine($"{what}: {_error:0.0e+0} ({_text})");
        Assert.True(_error >= 0 && _error <= tolerance, $"{what}, {_text}: error {_error:0.0e+0}, tolerance {tolerance:0.0e+0}");
    }
}
