using Fovea.Engine;

namespace Fovea.Cli.Summaries;

/// <summary>How many pixels of the input one value of a layer sees, and how far apart those of neighbours begin.</summary>
/// <param name="Height">Rows seen.</param>
/// <param name="Width">Columns seen.</param>
/// <param name="StepY">Rows from one value's to the next one's.</param>
/// <param name="StepX">Columns from one value's to the next one's.</param>
internal readonly record struct ReceptiveField(int Height, int Width, int StepY, int StepX)
{
    /// <summary>The receptive field of every layer of <paramref name="graph"/>; what reads a flattened image sees all of it.</summary>
    public static ReceptiveField[] Of(Graph graph)
    {
        TensorShape image = graph.Layers[0].Output;
        ReceptiveField[] fields = new ReceptiveField[graph.Layers.Count];
        foreach (Layer layer in graph.Layers)
        {
            if (layer.Inputs.Count == 0)
            {
                fields[layer.Index] = new ReceptiveField(1, 1, 1, 1);
                continue;
            }
            ReceptiveField seen = layer.Inputs.Select(i => fields[i]).Aggregate(Widest);
            TensorShape input = graph.Layers[layer.Inputs[0]].Output;
            if (layer.Node.Op.Windows(input) is { } windows)
                seen = seen.Through(windows.Vertical, windows.Horizontal);
            else if (input.IsFlat && layer.Parameters.Count > 0)
                seen = seen with { Height = int.MaxValue, Width = int.MaxValue };
            // A field that reaches beyond the edges sees padding there: the image is all there is to see.
            fields[layer.Index] = seen with { Height = Math.Min(seen.Height, image.H), Width = Math.Min(seen.Width, image.W) };
        }
        return fields;
    }

    /// <summary>"11x11".</summary>
    public override string ToString() => $"{Height}x{Width}";

    private ReceptiveField Through(Window vertical, Window horizontal) =>
        new(Height + (vertical.F - 1) * StepY, Width + (horizontal.F - 1) * StepX, StepY * vertical.S, StepX * horizontal.S);

    private static ReceptiveField Widest(ReceptiveField a, ReceptiveField b) =>
        new(Math.Max(a.Height, b.Height), Math.Max(a.Width, b.Width), Math.Max(a.StepY, b.StepY), Math.Max(a.StepX, b.StepX));
}
