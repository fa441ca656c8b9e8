namespace Fovea.Kernels.Tests;

/// <summary>What a typing error is answered with.</summary>
public sealed class NearestNameTests
{
    [Theory]
    [InlineData("sdg", " Did you mean 'sgd'?")]
    [InlineData("adm", " Did you mean 'adam'?")]
    [InlineData("SGD", " Did you mean 'sgd'?")]
    [InlineData("rmsprop", "")]
    [InlineData("", "")]
    public void TheNearestIsNamedWhereOneIsNear(string given, string hint) => Assert.Equal(hint, NearestName.Hint(given, ["sgd", "adam"]));

    [Fact]
    public void NothingAllowedGivesNoHint() => Assert.Equal("", NearestName.Hint("a", []));
}
