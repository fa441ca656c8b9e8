using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Forward and backward data: the kernels are transformed first, by all workers, and then each worker takes some tiles through all three stages in its cache.</summary>
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
        WinogradPlan plan = WinogradPlan.Of(grid, team.Threads);
        WinogradKernels<TForm> kernels = new(grid, turned, weights, memory);
        team.Run(kernels.Items, ref kernels);
        WinogradForward<TForm, T> loop = new(grid, plan, src, memory, bias, end, dst, memory + plan.Weights);
        team.Run(loop.Items, ref loop);
    }
}
