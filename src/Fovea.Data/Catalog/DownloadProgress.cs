namespace Fovea.Data.Catalog;

/// <summary>How far a download is.</summary>
/// <param name="File">The file that is fetched.</param>
/// <param name="FileBytes">Bytes of it received so far.</param>
/// <param name="FileTotal">Its published size in bytes.</param>
/// <param name="FileNumber">Its number, from 1.</param>
/// <param name="FileCount">Files in all.</param>
/// <param name="AlreadyThere">Whether the file was there and intact, so that nothing was fetched.</param>
public readonly record struct DownloadProgress(string File, long FileBytes, long FileTotal, int FileNumber, int FileCount, bool AlreadyThere);
