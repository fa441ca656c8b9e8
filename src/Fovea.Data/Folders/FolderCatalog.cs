using Fovea.Kernels;

namespace Fovea.Data.Folders;

internal static class FolderCatalog
{
    public static DataSplits Open(string path, DataOptions options) => throw new FoveaException($"{path} {options}");
}
