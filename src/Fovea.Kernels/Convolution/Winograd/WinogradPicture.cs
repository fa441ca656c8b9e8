using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Scratch of forward and backward data.</summary>
internal static class WinogradPicture
{
    public static long Bytes(in WinogradGrid grid, int threads) =>
        WinogradRounds.Applies(grid, threads) ? WinogradRounds.Of(grid, threads).Bytes : WinogradPlan.Of(grid, threads).Bytes;
}

/// <summary>Forward and backward data. Both ways to cut them give the same bits: sums run over the source's channels in order.</summary>
internal static unsafe class WinogradPicture<TForm, T>
    where TForm : unmanaged, IWinogradForm
    where T : unmanaged
{
    public static void Run(
        WorkerTeam team, in WinogradGrid grid, bool turned, T* src, float* weights, float* bias, WinogradEnd end, T* dst, byte* scratch)
    {
        if (grid.Tiles == 0)
            return;
        float* memory = Scratch.Align(scratch);
        if (WinogradRounds.Applies(grid, team.Threads))
        {
            Rounds(team, grid, WinogradRounds.Of(grid, team.Threads), turned, src, weights, bias, end, dst, memory);
            return;
        }
        WinogradPlan plan = WinogradPlan.Of(grid, team.Threads);
        WinogradKernels<TForm> kernels = new(grid, turned, weights, memory);
        team.Run(kernels.Items, ref kernels);
        WinogradForward<TForm, T> loop = new(grid, plan, src, memory, bias, end, dst, memory + plan.Weights);
        team.Run(loop.Items, ref loop);
    }

    private static void Rounds(
        WorkerTeam team, in WinogradGrid grid, in WinogradRounds plan, bool turned, T* src, float* weights, float* bias, WinogradEnd end, T* dst,
        float* memory)
    {
        float* packed = memory, v = packed + plan.Packed, local = v + plan.Transformed;
        WinogradKernels<TForm> kernels = new(grid, turned, weights, packed);
        if (plan.Packed > 0)
            team.Run(kernels.Items, ref kernels);
        for (int first = 0; first < grid.Tiles; first += plan.RoundTiles)
        {
            int count = Math.Min(plan.RoundTiles, grid.Tiles - first);
            WinogradSourceLoop<TForm, T> sources = new(grid, plan, src, first, count, v);
            team.Run(sources.Items, ref sources);
            WinogradPanelLoop<TForm, T> panels = new(grid, plan, kernels, packed, bias, end, dst, first, count, v, local);
            team.Run(panels.Items, ref panels);
        }
    }
}
