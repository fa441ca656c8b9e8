namespace Fovea.Engine.Tests;

/// <summary>N = (W - F + P1 + P2)/S + 1 with its two roundings.</summary>
public sealed class WindowTests
{
    [Theory]
    [InlineData(224, 11, 4, 2, 2, Rounding.Down, 55)]
    [InlineData(227, 11, 4, 0, 0, Rounding.Down, 55)]
    [InlineData(224, 11, 4, 1, 1, Rounding.Down, 54)]
    [InlineData(55, 3, 2, 0, 0, Rounding.Down, 27)]
    [InlineData(54, 3, 2, 0, 0, Rounding.Down, 26)]
    [InlineData(54, 3, 2, 0, 0, Rounding.Up, 27)]
    [InlineData(32, 3, 2, 0, 0, Rounding.Up, 16)]
    [InlineData(5, 3, 1, 1, 2, Rounding.Down, 6)]
    [InlineData(2, 3, 1, 0, 0, Rounding.Down, 0)]
    // The window that would begin in the padding behind the image is left out.
    [InlineData(4, 2, 2, 1, 1, Rounding.Up, 3)]
    [InlineData(3, 2, 2, 1, 1, Rounding.Up, 2)]
    public void OutputFollowsTheFormula(int w, int f, int s, int p1, int p2, Rounding rounding, int expected) =>
        Assert.Equal(expected, new Window(f, s, p1, p2, rounding).Output(w));

    [Fact]
    public void TheExplanationPutsTheNumbersIn()
    {
        Assert.Equal("(227 - 11 + 0 + 0)/4 + 1 = 55", new Window(11, 4, 0, 0).Explain(227));
        Assert.Equal("(224 - 11 + 2 + 2)/4 + 1 = 55.25, rounded down: 55", new Window(11, 4, 2, 2).Explain(224));
        Assert.Equal("(54 - 3 + 0 + 0)/2 + 1 = 26.5, rounded up: 27", new Window(3, 2, 0, 0, Rounding.Up).Explain(54));
    }
}
