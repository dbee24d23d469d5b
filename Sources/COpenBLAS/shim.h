// OpenBLAS: the CBLAS interface, and the few LAPACK routines the engine calls.
//
// Debian's libopenblas carries LAPACK but ships no lapacke.h, so what is used is declared here, with
// Fortran's calling convention: every argument by address, matrices column by column.
#ifndef NIBBLE_COPENBLAS_SHIM_H
#define NIBBLE_COPENBLAS_SHIM_H

#include <cblas.h>

// Cholesky factor of a symmetric positive definite matrix, and its inverse from the factor.
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);

// QR factors of a matrix, and the orthogonal one written out.
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
             double *work, const int *lwork, int *info);

// Eigenvalues, ascending, and eigenvectors of a symmetric matrix.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);

// Inverse of a triangle.
void strtri_(const char *uplo, const char *diag, const int *n, float *a, const int *lda, int *info);
void dtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *lda, int *info);

// Cholesky factor with the largest pivot first, which stops where only rounding is left: the rank.
void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *piv, int *rank,
             const double *tol, double *work, int *info);

#endif
