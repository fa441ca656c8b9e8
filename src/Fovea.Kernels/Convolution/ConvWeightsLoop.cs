using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// One chunk of the weights' gradient: packs the windows' columns of its chunk, block of pixels by block, and adds the products up.
/// </summary>
internal readonly unsafe struct ConvWeightsLoop<TTile>(
    Conv2dShape s, ConvWeightsPlan plan, int images, float* gradient, float* source, float* panels, float* result, bool accumulate) : IParallelBody
    where TTile : struct, ITile
{
    public int Items => s.Groups * plan.ChunksN * plan.ChunksM;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        (int rest, int chunkM) = Math.DivRem(item, plan.ChunksM);
        (int group, int chunkN) = Math.DivRem(rest, plan.ChunksN);
        int allPanels = Packed<TTile>.Panels(ConvWeightsPlan.Columns(s)), first = chunkN * plan.ChunkPanels;
        int count = Math.Min(plan.ChunkPanels, allPanels - first);
        int row = chunkM * plan.ChunkM, rows = Math.Min(plan.ChunkM, s.GroupOC - row);
        nint leading = (nint)allPanels * TTile.Columns, packedRows = Packed<TTile>.Rows(s.GroupOC), total = (nint)images * s.OH * s.OW;
        float* to = result + ((((nint)group * s.GroupOC) + row) * leading) + ((nint)first * TTile.Columns);
        float* own = panels + (worker * (nint)plan.Panels);
        for (nint start = 0; start < total; start += plan.BlockPixels)
        {
            nint depth = Math.Min(plan.BlockPixels, total - start);
            for (int panel = 0; panel < count; panel++)
            {
                float* target = own + (panel * TTile.Columns * depth);
                if (ConvWeightsPlan.Direct(s))
                    PackDirect(group, (first + panel) * TTile.Columns, start, depth, target);
                else
                    Pack(group, (first + panel) * TTile.Columns, start, depth, target);
            }
            float* rowPanels = gradient + (group * packedRows * total) + (packedRows * start)
                + ((nint)row / TTile.Rows * TTile.Stride(TTile.Rows) * depth);
            Block.Multiply<TTile>(rowPanels, rows, own, count * TTile.Columns, depth, to, leading, new TileEnd(accumulate || start > 0, false, null));
        }
    }

    /// <summary>Channels from <paramref name="column"/> on of the pixels from <paramref name="start"/> on, cut where images end.</summary>
    private void PackDirect(int group, int column, nint start, nint depth, float* to)
    {
        nint pixels = (nint)s.OH * s.OW;
        int columns = Math.Min(TTile.Columns, s.GroupIC - column);
        for (nint at = start; at < start + depth;)
        {
            (nint image, nint pixel) = Math.DivRem(at, pixels);
            nint count = Math.Min(start + depth - at, pixels - pixel);
            float* from = source + (((image * s.IC) + (group * s.GroupIC) + column) * pixels) + pixel;
            Packing.Columns<TTile>(new Strided(from, 1, pixels), count, columns, to);
            to += count * TTile.Columns;
            at += count;
        }
    }

    /// <summary>Columns (kh, kw, ic) from <paramref name="column"/> on of the windows at pixels from <paramref name="start"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(int group, int column, nint start, nint depth, float* to)
    {
        nint channels = s.GroupIC, sourceRow = ConvWeightsPlan.SourceColumns(s) * channels, plane = ConvWeightsPlan.SourceRows(s) * sourceRow;
        int columns = ConvWeightsPlan.Columns(s), run = s.KW * s.GroupIC, count = 0;
        ConvRun* runs = stackalloc ConvRun[TTile.Columns];
        for (int at = 0; at < TTile.Columns && column + at < columns;)
        {
            (int kh, int inRow) = Math.DivRem(column + at, run);
            int length = Math.Min(run - inRow, TTile.Columns - at);
            runs[count++] = new ConvRun((kh * sourceRow) + inRow, at, length);
            at += length;
        }
        (nint image, nint pixel) = Math.DivRem(start, (nint)s.OH * s.OW);
        (nint y, nint x) = Math.DivRem(pixel, s.OW);
        nint step = s.StrideW * channels;
        for (nint done = 0; done < depth;)
        {
            // The rest of a row of pixels.
            nint end = Math.Min(depth, done + s.OW - x);
            float* from = source + (((image * s.Groups) + group) * plane) + (y * s.StrideH * sourceRow) + (x * step);
            for (; done < end; done++, from += step, to += TTile.Columns)
            {
                for (int r = 0; r < count; r++)
                    ConvRun.CopyGenerously(from + runs[r].Offset, to + runs[r].Column, runs[r].Length);
            }
            x = 0;
            if (++y == s.OH)
            {
                y = 0;
                image++;
            }
        }
    }
}

/// <summary>One channel's sum of diffDst: vectors within a plane, doubles over planes.</summary>
internal readonly unsafe struct BiasLoop(Conv2dShape s, float* diffDst, float* diffBias) : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        nint pixels = (nint)s.OH * s.OW;
        double sum = 0;
        for (nint n = 0; n < s.N; n++)
        {
            float* plane = diffDst + (((n * s.OC) + item) * pixels);
            Vector<float> even = default, odd = default;
            nint i = 0;
            for (; i <= pixels - (2 * Vector<float>.Count); i += 2 * Vector<float>.Count)
            {
                even += Vector.Load(plane + i);
                odd += Vector.Load(plane + i + Vector<float>.Count);
            }
            for (; i < pixels; i++)
                sum += plane[i];
            sum += Vector.Sum(even + odd);
        }
        diffBias[item] = (float)sum;
    }
}
