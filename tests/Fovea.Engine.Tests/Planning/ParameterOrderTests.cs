using Fovea.Engine.Ops;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>Columns of a Linear behind Flatten: HWC in memory, CHW in files.</summary>
public sealed class ParameterOrderTests
{
    [Fact]
    public void WritingAndReadingGivesTheFileBack()
    {
        using ParameterSet parameters = Make();
        Parameter weight = parameters["fc.weight"];
        float[] file = [.. Enumerable.Range(0, (int)weight.Spec.Elements).Select(i => (float)i)], back = new float[file.Length];
        weight.Write(file);
        weight.Read(back);
        Assert.Equal(file, back);
        // Feature (c, h, w) = (1, 0, 1) of a 2x2x3 image: column 1 * 6 + 1 in the file, (0 * 3 + 1) * 2 + 1 in memory.
        Assert.Equal(file[7], weight.Data[3]);
    }

    [Fact]
    public void FillingInPlaceIsWriting()
    {
        using ParameterSet written = Make(), filled = Make();
        float[] file = [.. Enumerable.Range(0, (int)written["fc.weight"].Spec.Elements).Select(i => (float)i)];
        written["fc.weight"].Write(file);
        file.CopyTo(filled["fc.weight"].Data);
        long before = filled["fc.weight"].Version;
        filled["fc.weight"].ArrangeInPlace();
        Assert.Equal(written["fc.weight"].Data.ToArray(), filled["fc.weight"].Data.ToArray());
        Assert.True(filled["fc.weight"].Version > before);
    }

    [Fact]
    public void AChangeMovesTheVersion()
    {
        using ParameterSet parameters = Make();
        Parameter weight = parameters["fc.weight"];
        long before = weight.Version;
        weight.Write(new float[weight.Spec.Elements]);
        Assert.True(weight.Version > before);
    }

    private static ParameterSet Make() =>
        ParameterSet.For(Graph.Create("net", ImageInput.Node().Normalize([0f, 0f], [1f, 1f]).Flatten().Linear(3, name: "fc"), new TensorShape(2, 2, 3)));
}
